// Breaks: reclaim swaps out a huge page with MADV_FREE instead of discarding it.
// Seen as: unneeded data is written to swap.
// Caught by: thp/lazy_free.counted_thp thp/lazy_free.taken_thp
// Noticed by: thp/lazy_free.taken_thp, its own check
// Changes: mm/huge_memory.c 1
// Guest: --memory 3G --swap 512M
@@ @@
madvise_free_huge_pmd(...)
{
<...
- folio_mark_lazyfree(folio);
...>
}
