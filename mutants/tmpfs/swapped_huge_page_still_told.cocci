// Breaks: ShmemHugePages keeps a huge page that went to swap.
// Seen as: a figure that only grows.
// Caught by: tmpfs/swapped.told_huge tmpfs/balance.swapped
// Noticed by: tmpfs/balance.swapped, its own check
// Changes: mm/shmem.c 1
// History: commit dad2dc9c92e0, "mm: shmem: fix ShmemHugePages at swapout"
@@ @@
shmem_delete_from_page_cache(...)
{
<...
- shmem_update_stats(folio, -nr);
+ __lruvec_stat_mod_folio(folio, NR_FILE_PAGES, -nr);
+ __lruvec_stat_mod_folio(folio, NR_SHMEM, -nr);
...>
}
