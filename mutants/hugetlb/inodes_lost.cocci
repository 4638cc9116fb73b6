// Breaks: a removed file is not returned to nr_inodes.
// Seen as: an empty mount accepts no more files.
// Caught by: hugetlb/folder.links hugetlb/folder.nameless hugetlb/folder.special
// Noticed by: hugetlb/folder.links, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_destroy_inode(...)
{
<...
- hugetlbfs_inc_free_inodes(HUGETLBFS_SB(inode->i_sb));
...>
}
