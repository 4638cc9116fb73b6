// Breaks: khugepaged allows one swapped-out page of shmem more than max_ptes_swap.
// Seen as: the limit is exceeded.
// Caught by: tmpfs/khugepaged.max_ptes_swap_*
// Noticed by: tmpfs/khugepaged.max_ptes_swap_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
hpage_collapse_scan_file(...)
{
<...
- swap > khugepaged_max_ptes_swap
+ swap > khugepaged_max_ptes_swap + 1
...>
}
