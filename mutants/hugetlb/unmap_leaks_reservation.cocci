// Breaks: the reservation of untouched private pages is not released at munmap.
// Seen as: HugePages_Rsvd grows until mmap fails.
// Caught by: hugetlb/accounting
// Noticed by: hugetlb/accounting.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_vm_op_close(...)
{
<...
- hugetlb_acct_memory(h, -gbl_reserve);
...>
}
