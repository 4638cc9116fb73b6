// Breaks: MADV_PAGEOUT of a part pushes the whole huge page out.
// Seen as: memory goes to swap that nobody asked to push out.
// Caught by: thp/page_out.part_thp thp/scan.swapped_thp
// Noticed by: thp/scan.swapped_thp, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_cold_or_pageout_pte_range(...)
{
<...
- if (next - addr != HPAGE_PMD_SIZE)
+ if (0)
  { ... }
...>
}
