// Breaks: a touched surplus page goes to the pool when its last user is gone.
// Seen as: HugePages_Surp stays up, and the memory is lost for everything else.
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
