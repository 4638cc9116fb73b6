// Breaks: a hugetlb file that goes keeps its pages.
// Seen as: every file that was ever used costs its pages until the machine boots again.
// Caught by: hugetlb/named_file.outlives_its_users
// Noticed by: hugetlb/named_file.outlives_its_users, crash
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_evict_inode(...)
{
<...
- remove_inode_hugepages(inode, 0, LLONG_MAX);
...>
}
