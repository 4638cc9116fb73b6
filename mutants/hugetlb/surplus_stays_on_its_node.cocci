// Breaks: a surplus page that migrates stays a surplus page of its old node.
// Seen as: surplus_hugepages of the nodes are wrong.
// Caught by: hugetlb/migrate.surplus
// Noticed by: hugetlb/migrate.surplus, its own check
// Changes: mm/hugetlb.c 1
@@ @@
move_hugetlb_state(...)
{
<...
- h->surplus_huge_pages_node[old_nid]--;
- h->surplus_huge_pages_node[new_nid]++;
+ ;
...>
}
