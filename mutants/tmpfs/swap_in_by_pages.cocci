// Breaks: huge pages of shared memory come back from swap page by page.
// Seen as: small folios.
// Caught by: tmpfs/swapped.whole_*
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/shmem.c 1
@@ @@
shmem_swap_alloc_folio(...)
{
<...
- swapin_sync(entry, gfp, BIT(order), vmf, mpol, ilx)
+ swapin_sync(entry, gfp, BIT(order = 0), vmf, mpol, ilx)
...>
}
