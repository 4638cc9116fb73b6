// Breaks: reserved and untouched pages of a private mapping stay charged to the mount's size=.
// Seen as: an empty mount is full.
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
