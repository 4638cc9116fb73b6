// Breaks: CommitLimit includes the memory of hugetlb pools.
// Seen as: more memory can be committed than there is.
// Caught by: hugetlb/commit.limit_follows hugetlb/commit.limit
// Noticed by: hugetlb/commit.limit_follows, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_total_pages(...)
{
<...
- h->nr_huge_pages
+ (0 * h->nr_huge_pages)
...>
}
