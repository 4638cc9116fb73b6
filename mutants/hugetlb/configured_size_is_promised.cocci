// Breaks: min_size is reserved by fsconfig, before the file system is created.
// Seen as: a configuration that is abandoned leaves its reservation behind.
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
