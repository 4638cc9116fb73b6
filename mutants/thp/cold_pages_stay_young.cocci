// Breaks: MADV_COLD leaves base pages referenced.
// Seen as: what a program said that it does not need is kept longer than what it needs.
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
