// Breaks: a mapping that the pool refuses keeps its pages of the mount's size and min_size.
// Seen as: the mount is full although it has no files.
// Caught by: hugetlb/mount_size.pool_too_small_*
// Until: 7.2
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_reserve_pages(...)
{
<...
- (void)hugepage_subpool_put_pages(spool, chg);
+ ;
...>
}
