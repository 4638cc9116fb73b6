// Breaks: fallocate of hugetlb treats every mode as preallocation.
// Seen as: an unsupported mode succeeds, and allocates pages.
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
