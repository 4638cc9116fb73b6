// Breaks: nr_hugepages_mempolicy changes the pool on every node.
// Seen as: pages are added or freed on nodes outside the policy.
// Caught by: hugetlb/node_policy.pool_by_policy
// Noticed by: hugetlb/node_policy.pool_by_policy, its own check
// Changes: mm/hugetlb.c 1
@@ @@
__nr_hugepages_store_common(...)
{
<...
- obey_mempolicy && init_nodemask_of_mempolicy(&nodes_allowed)
+ false
...>
}
