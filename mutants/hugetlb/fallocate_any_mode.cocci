// Breaks: fallocate takes every mode for preallocation.
// Seen as: a program that collapses or zeroes a range sees success, though nothing was done.
// Caught by: hugetlb/fallocate.other_modes
// Noticed by: hugetlb/fallocate.other_modes, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fallocate(...)
{
<...
- if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) return -EOPNOTSUPP;
...>
}
