// Breaks: one more surplus page than nr_overcommit_hugepages can be allocated.
// Seen as: the limit is exceeded.
// Caught by: hugetlb/overcommit
// Noticed by: hugetlb/overcommit.limit, its own check
// Changes: mm/hugetlb.c 2
@@ @@
alloc_surplus_hugetlb_folio(...)
{
<...
- h->surplus_huge_pages >= h->nr_overcommit_huge_pages
+ h->surplus_huge_pages > h->nr_overcommit_huge_pages
...>
}
