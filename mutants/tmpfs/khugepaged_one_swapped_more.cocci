// Breaks: khugepaged reads back one page of shared memory more than max_ptes_swap.
// Seen as: what was put in swap comes back.
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
