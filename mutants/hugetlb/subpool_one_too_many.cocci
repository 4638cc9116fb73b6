// Breaks: a mount can use one page more than its size=.
// Seen as: the limit is exceeded.
// Caught by: hugetlb/mount_size.size_limits_fallocate hugetlb/mount_size.size_limits_mmap
// Noticed by: hugetlb/mount_size.size_limits_fallocate, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugepage_subpool_get_pages(...)
{
<...
- (spool->used_hpages + delta) <= spool->max_hpages
+ (spool->used_hpages + delta) <= spool->max_hpages + 1
...>
}
