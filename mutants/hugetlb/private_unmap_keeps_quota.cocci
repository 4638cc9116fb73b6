// Breaks: untouched reserved pages of a private mapping stay charged to size= of the mount at munmap.
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
