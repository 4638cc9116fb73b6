// Breaks: FALLOC_FL_KEEP_SIZE moves the end of the file all the same.
// Seen as: a file grows under a program that only wanted its pages.
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
