// Breaks: huge pages that a recovery makes are not counted.
// Seen as: ShmemHugePages goes below zero when they go.
// Caught by: tmpfs/accounting.whole_life_*
// Noticed by: tmpfs/accounting.whole_life_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- __lruvec_stat_mod_folio(new_folio, NR_SHMEM_THPS, HPAGE_PMD_NR);
+ ;
...>
}
