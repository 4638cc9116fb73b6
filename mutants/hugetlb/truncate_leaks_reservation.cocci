// Breaks: truncation does not release the reservation of the removed range.
// Seen as: HugePages_Rsvd grows until mmap fails.
// Caught by: hugetlb/truncate
// Noticed by: hugetlb/truncate.reservations, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_unreserve_pages(...)
{
<...
- hugetlb_acct_memory(h, -gbl_reserve);
...>
}
