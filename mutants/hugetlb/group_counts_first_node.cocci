// Breaks: the hugetlb cgroup counts every page on the first node.
// Seen as: hugetlb.SIZE.numa_stat is wrong.
// Caught by: hugetlb/cgroup_nodes.by_node
// Noticed by: hugetlb/cgroup_nodes.by_node, its own check
// Changes: mm/hugetlb_cgroup.c 2
@@ @@
__hugetlb_cgroup_commit_charge(...)
{
<...
- folio_nid(folio)
+ 0
...>
}
