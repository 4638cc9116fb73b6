// Breaks: MADV_COLD does not clear the accessed bit of base pages.
// Seen as: Referenced stays in smaps.
// Caught by: thp/page_out.cold_base thp/page_out.cold_mthp
// Noticed by: thp/page_out.cold_base, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_cold_or_pageout_pte_range(...)
{
<...
- if (!pageout && pte_young(ptent))
+ if (0)
  { ... }
...>
}
