// Breaks: Hugetlb in meminfo counts only the default page size.
// Seen as: memory in other pools is in no line of meminfo.
// Caught by: hugetlb/reports.meminfo
// Noticed by: hugetlb/reports.meminfo, its own check
// Guest: --memory 5G --hugepages 1G:1
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_report_meminfo(...)
{
<...
- total += huge_page_size(h) * count;
+ if (h == &default_hstate) total += huge_page_size(h) * count;
...>
}
