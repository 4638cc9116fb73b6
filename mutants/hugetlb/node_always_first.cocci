// Breaks: huge pages are allocated on the first node, whatever the policy.
// Seen as: a bound mapping has pages of the wrong node.
// Caught by: hugetlb/node_bind.second_node_private hugetlb/node_bind.second_node_shared hugetlb/node_bind.exhausted_first hugetlb/node_bind.exhausted_second hugetlb/node_policy.bind_private hugetlb/node_policy.bind_shared hugetlb/node_policy.preferred hugetlb/node_policy.interleave hugetlb/accounting_nodes.noreserve hugetlb/accounting_nodes.surplus
// Noticed by: hugetlb/accounting_nodes.noreserve, its own check
// Changes: mm/hugetlb.c 1
@@ @@
dequeue_hugetlb_folio_vma(...)
{
<...
  nid = huge_node(...);
+ nid = first_online_node;
+ nodemask = NULL;
...>
}
