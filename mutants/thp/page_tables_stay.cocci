// Breaks: MADV_DONTNEED gives back no page table.
// Seen as: VmPTE stays.
// Caught by: thp/page_tables.given_back_* thp/page_tables.one_* thp/page_tables.across_* thp/page_tables.guard thp/page_tables.protected thp/page_tables.forked
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
zap_pte_range(...)
{
<...
- if (can_reclaim_pt) {
+ if (0) {
...
 }
...>
}
