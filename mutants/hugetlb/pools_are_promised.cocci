// Breaks: CommitLimit leaves out only the pool of the default page size.
// Seen as: more memory can be committed than there is.
// Caught by: hugetlb/commit.limit
// Noticed by: hugetlb/commit.limit, its own check
// Guest: --memory 5G --hugepages 2M:16,1G:1
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_total_pages(...)
{
<...
- h->nr_huge_pages
+ ((h == &default_hstate) * h->nr_huge_pages)
...>
}
