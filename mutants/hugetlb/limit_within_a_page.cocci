// Breaks: a limit of a hugetlb cgroup is not rounded down to whole pages.
// Seen as: max reads as a number of bytes that no page can reach.
// Caught by: hugetlb/cgroup.rounded_*
// Noticed by: hugetlb/cgroup.rounded_limit, its own check
// Changes: mm/hugetlb_cgroup.c 1
// History: "mm, hugetlb_cgroup: round limit_in_bytes down to hugepage size" (2016)
@@ @@
hugetlb_cgroup_write(...)
{
<...
- nr_pages = round_down(nr_pages, pages_per_huge_page(&hstates[idx]));
...>
}
