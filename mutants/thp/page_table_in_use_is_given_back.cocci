// Breaks: MADV_DONTNEED gives back page tables in which something is left.
// Seen as: pages are lost.
// Caught by: thp/page_tables.part_* thp/page_tables.across_* thp/page_tables.guard
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
zap_pte_table_if_empty(...)
{
<...
- !pte_none(ptep_get(pte))
+ 0
...>
}
