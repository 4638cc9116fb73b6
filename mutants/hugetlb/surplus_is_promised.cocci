// Breaks: CommitLimit takes surplus pages for memory that can be promised.
// Seen as: promises that are not kept while surplus pages are in use.
// Caught by: hugetlb/commit.limit_and_surplus
// Noticed by: hugetlb/commit.limit_and_surplus, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_total_pages(...)
{
<...
- h->nr_huge_pages
+ (h->nr_huge_pages - h->surplus_huge_pages)
...>
}
