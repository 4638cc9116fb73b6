// Breaks: HugePages_Free in a node's meminfo is the total of the node.
// Seen as: pages in use are reported as free.
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
