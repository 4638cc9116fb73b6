// Breaks: surplus pages that were reserved and not touched are not given back at munmap.
// Seen as: HugePages_Surp stays up, and the memory is lost for everything else.
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
