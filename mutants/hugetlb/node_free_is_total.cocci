// Breaks: HugePages_Free of a node's meminfo is what there is in all.
// Seen as: a node has pages that are in use.
// Caught by: hugetlb/reports.nodes
// Noticed by: hugetlb/reports.nodes, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_report_node_meminfo(...)
{
<...
- h->free_huge_pages_node[nid]
+ h->nr_huge_pages_node[nid]
...>
}
