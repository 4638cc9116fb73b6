// Breaks: ShmemPmdMapped is not decreased when a PMD mapping is removed.
// Seen as: the counter only grows.
// Caught by: thp/fault.shared_file thp/split_folio.shared_file
// Noticed by: thp/fault.shared_file, its own check
// Changes: mm/rmap.c 1
@@ @@
__folio_mod_stat(...)
{
<...
- __mod_node_page_state(folio_pgdat(folio), idx, nr_pmdmapped);
+ if (nr_pmdmapped > 0)
+	__mod_node_page_state(folio_pgdat(folio), idx, nr_pmdmapped);
...>
}
