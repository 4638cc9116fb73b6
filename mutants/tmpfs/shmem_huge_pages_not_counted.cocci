// Breaks: the huge page of a collapse is not counted.
// Seen as: ShmemHugePages is negative after it is freed.
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
