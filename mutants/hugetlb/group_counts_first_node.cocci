// Breaks: every huge page counts on the first node of its control group.
// Seen as: hugetlb.SIZE.numa_stat shows memory where it is not.
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
