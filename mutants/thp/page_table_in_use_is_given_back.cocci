// Breaks: MADV_DONTNEED gives back page tables in which something is left.
// Seen as: pages are lost.
// Caught by: thp/page_tables.part_* thp/page_tables.across_*
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
pte_table_reclaim_possible(...)
{
<...
- end - start >= PMD_SIZE
+ 1
...>
}
