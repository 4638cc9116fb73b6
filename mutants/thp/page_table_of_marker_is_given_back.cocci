// Breaks: MADV_DONTNEED gives back page tables that have guards or markers.
// Seen as: guards and protection are gone.
// Caught by: thp/page_tables.guard thp/page_tables.protected
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
zap_pte_range(...)
{
<...
- if (any_skipped)
+ if (0)
 can_reclaim_pt = false;
...>
}
