// Breaks: fallocate of hugetlbfs does not mind RLIMIT_FSIZE.
// Seen as: a file that is larger than its user may make it.
// Caught by: hugetlb/fallocate.file_limit
// Noticed by: hugetlb/fallocate.file_limit, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fallocate(...)
{
<...
- inode_newsize_ok(inode, offset + len)
+ 0
...>
}
