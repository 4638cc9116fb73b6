// Breaks: MADV_COLLAPSE obeys khugepaged's max_ptes_swap.
// Seen as: MADV_COLLAPSE fails without a reason.
// Caught by: tmpfs/holes.swapped_*
// Noticed by: tmpfs/holes.swapped_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
hpage_collapse_scan_file(...)
{
<...
- cc->is_khugepaged && swap > khugepaged_max_ptes_swap
+ swap > khugepaged_max_ptes_swap
...>
}
