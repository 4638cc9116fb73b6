// Breaks: huge pages are allocated on the last node, whatever the policy.
// Seen as: a bound mapping has pages of the wrong node.
// Caught by: hugetlb/node_bind.first_node_private hugetlb/node_bind.first_node_shared hugetlb/node_policy.mapping_first
// Noticed by: hugetlb/node_bind.first_node_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
dequeue_hugetlb_folio_vma(...)
{
<...
  nid = huge_node(...);
+ nid = num_online_nodes() - 1;
+ nodemask = NULL;
...>
}
