// Breaks: what a private mapping reserved and never touched stays with the mount's size=.
// Seen as: a mount that is full of nothing.
// Caught by: hugetlb/mount_reserve.private_mapping_*
// Noticed by: hugetlb/mount_reserve.private_mapping_size, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_vm_op_close(...)
{
<...
- gbl_reserve = hugepage_subpool_put_pages(spool, reserve);
+ gbl_reserve = spool ? 0 : reserve;
...>
}
