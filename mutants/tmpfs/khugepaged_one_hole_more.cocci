// Breaks: khugepaged allows one hole of shmem more than max_ptes_none.
// Seen as: the limit is exceeded.
// Caught by: tmpfs/khugepaged.max_ptes_none_*
// Noticed by: tmpfs/khugepaged.max_ptes_none_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
hpage_collapse_scan_file(...)
{
<...
- present < HPAGE_PMD_NR - khugepaged_max_ptes_none
+ present + 1 < HPAGE_PMD_NR - khugepaged_max_ptes_none
...>
}
