// Breaks: a mapping that the pool refuses keeps its part of the mount's size=.
// Seen as: a mount that is full of nothing.
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
