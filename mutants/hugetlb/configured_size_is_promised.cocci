// Breaks: a min_size that is configured is promised before the mount is made.
// Seen as: a configuration that is given up leaves pages promised to nobody.
// Caught by: hugetlb/fsconfig.given_up
// Noticed by: hugetlb/fsconfig.given_up, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_parse_param(...)
{
<...
  ctx->min_val_type = SIZE_STD;
+ ctx->hstate->resv_huge_pages++;
...>
}
