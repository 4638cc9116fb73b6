// Breaks: reclaim swaps out base pages with MADV_FREE instead of discarding them.
// Seen as: unneeded data is written to swap.
// Caught by: thp/lazy_free.counted_base thp/lazy_free.counted_mthp thp/lazy_free.taken_base thp/lazy_free.taken_mthp thp/lazy_free.part_*
// Noticed by: thp/lazy_free.taken_base, its own check
// Changes: mm/madvise.c 1
// Guest: --memory 3G --swap 512M
@@ @@
madvise_free_pte_range(...)
{
<...
- folio_mark_lazyfree(folio);
...>
}
