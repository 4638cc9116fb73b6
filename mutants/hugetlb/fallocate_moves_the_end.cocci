// Breaks: FALLOC_FL_KEEP_SIZE changes the size of the file.
// Seen as: the file grows.
// Caught by: hugetlb/fallocate.keep_size
// Noticed by: hugetlb/fallocate.keep_size, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fallocate(...)
{
<...
- !(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode->i_size
+ offset + len > inode->i_size
...>
}
