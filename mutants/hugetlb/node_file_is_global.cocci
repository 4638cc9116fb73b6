// Breaks: nr_hugepages of a node changes the whole pool.
// Seen as: pages are added or freed on other nodes.
// Caught by: hugetlb/node_bind.pool_of_a_node
// Noticed by: hugetlb/accounting.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
nr_hugepages_store_common(...)
{
<...
- return __nr_hugepages_store_common(obey_mempolicy, h, nid, count, len);
+ return __nr_hugepages_store_common(obey_mempolicy, h, NUMA_NO_NODE, count, len);
...>
}
