// Breaks: unknown mount options are silently ignored.
// Seen as: a misspelled option goes unnoticed.
// Caught by: hugetlb/mount_options.unknown_option
// Noticed by: hugetlb/mount_options.unknown_option, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_parse_param(...)
{
<...
  if (opt < 0)
- 	return opt;
+ 	return 0;
...>
}
