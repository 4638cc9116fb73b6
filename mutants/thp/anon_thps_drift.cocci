// Breaks: AnonHugePages is not decreased when a huge page is unmapped.
// Seen as: the counter only grows.
// Caught by: thp/fault.written thp/split_folio.anonymous
// Noticed by: thp/fault.written, its own check
// Changes: mm/rmap.c 1
@@
expression list es;
@@
__folio_mod_stat(...)
{
<...
- __lruvec_stat_mod_folio(folio, idx, nr_pmdmapped);
+ if (nr_pmdmapped > 0)
+	__lruvec_stat_mod_folio(folio, idx, nr_pmdmapped);
...>
}
