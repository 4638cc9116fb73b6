// Breaks: one surplus page more than nr_overcommit_hugepages is given.
// Seen as: an administrator's limit does not hold.
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
