// Breaks: a hugetlb file keeps its pages when its inode is evicted.
// Seen as: pages leak from the pool.
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
