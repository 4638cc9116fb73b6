// Breaks: a surplus page stays in the pool when its last user releases it.
// Seen as: HugePages_Surp stays, and the memory is lost.
// Caught by: hugetlb/overcommit
// Noticed by: hugetlb/overcommit.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
free_huge_folio(...)
{
<...
- h->surplus_huge_pages_node[nid]
+ false
...>
}
