// Breaks: pages of nodes that the process may not use count when it reserves.
// Seen as: a mapping in a cpuset that succeeds, and kills who touches it.
// Caught by: hugetlb/cpuset.reserves_*
// Noticed by: hugetlb/cpuset.reserves_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_acct_memory(...)
{
<...
- delta > allowed_mems_nr(h)
+ delta > h->free_huge_pages
...>
}
