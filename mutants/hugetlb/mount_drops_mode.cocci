// Breaks: the sticky bit of the mode option is lost.
// Seen as: users can remove each other's files.
// Caught by: hugetlb/mount_options.owner_and_mode
// Noticed by: hugetlb/mount_options.owner_and_mode, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_parse_param(...)
{
<...
- ctx->mode = result.uint_32 & 01777U;
+ ctx->mode = result.uint_32 & 0777U;
...>
}
