// Breaks: CommitLimit leaves the pools of huge pages in.
// Seen as: promises that only the memory of the pools could keep.
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
