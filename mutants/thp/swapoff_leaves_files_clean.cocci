// Breaks: shared memory that is read from swap stays clean.
// Seen as: it is dropped when it is reclaimed next, and its contents are lost.
// Caught by: thp/swapoff.unmapped_file_* thp/swapoff.intact_tmpfs thp/page_out.whole_tmpfs
// Noticed by: thp/page_out.whole_tmpfs, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_swapin_folio(...)
{
<...
 delete_from_swap_cache(folio);
- folio_mark_dirty(folio);
...>
}
