// Breaks: nr_inodes is not enforced.
// Seen as: a user can fill a mount with files.
// Caught by: hugetlb/mount_options.nr_inodes
// Noticed by: hugetlb/mount_options.nr_inodes, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_dec_free_inodes(...)
{
<...
- sbinfo->free_inodes--;
...>
}
