// Breaks: a mapping that fails for lack of pages stays charged to size= of the mount.
// Seen as: an empty mount is full.
// Caught by: hugetlb/mount_min_size.by_pool_*
// Noticed by: hugetlb/mount_min_size.by_pool_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_reserve_pages(...)
{
<...
- (void)hugepage_subpool_put_pages(spool, chg);
+ ;
...>
}
