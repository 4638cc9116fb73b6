// Breaks: the set-gid bit of a hugetlbfs directory is ignored.
// Seen as: files have the wrong group.
// Caught by: hugetlb/folder.set_gid
// Noticed by: hugetlb/folder.set_gid, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_get_inode(...)
{
<...
- inode_init_owner(idmap, inode, dir, mode);
+ inode_init_owner(idmap, inode, NULL, mode);
...>
}
