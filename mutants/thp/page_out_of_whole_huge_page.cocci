// Breaks: MADV_PAGEOUT of a part reclaims the whole huge page.
// Seen as: memory is swapped out unasked.
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
