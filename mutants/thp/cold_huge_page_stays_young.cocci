// Breaks: MADV_COLD does not clear the accessed bit of huge pages.
// Seen as: Referenced stays in smaps.
// Caught by: thp/page_out.cold_thp thp/page_out.cold_tmpfs
// Noticed by: thp/page_out.cold_thp, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_cold_or_pageout_pte_range(...)
{
<...
- if (!pageout && pmd_young(orig_pmd))
+ if (0)
  { ... }
...>
}
