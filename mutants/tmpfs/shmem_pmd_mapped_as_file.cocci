// Breaks: PMD mappings of shmem are counted as those of other files.
// Seen as: FilePmdMapped changes instead of ShmemPmdMapped.
// Caught by: tmpfs/accounting.whole_life_*
// Noticed by: tmpfs/accounting.whole_life_anon, its own check
// Changes: mm/rmap.c 1
@@ @@
__folio_mod_stat(...)
{
<...
- folio_test_swapbacked(folio) ? NR_SHMEM_PMDMAPPED : NR_FILE_PMDMAPPED
+ NR_FILE_PMDMAPPED
...>
}
