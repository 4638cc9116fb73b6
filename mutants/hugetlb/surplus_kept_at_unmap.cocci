// Breaks: reserved surplus pages that were not touched are not freed at munmap.
// Seen as: HugePages_Surp stays, and the memory is lost.
// Caught by: hugetlb/overcommit
// Noticed by: hugetlb/accounting.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
return_unused_surplus_pages(...)
{
<...
- nr_pages = min(unused_resv_pages, h->surplus_huge_pages);
+ nr_pages = 0;
...>
}
