// Breaks: CommitLimit includes surplus pages.
// Seen as: more memory can be committed than there is.
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
