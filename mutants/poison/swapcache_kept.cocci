// Breaks: a poisoned clean page stays in the swap cache.
// Seen as: SIGBUS for data that is still in swap.
// Caught by: poison/swap_cache.clean
// Noticed by: poison/swap_cache.clean, its own check
// Changes: mm/memory-failure.c 1
@@ @@
me_swapcache_clean(...)
{
<...
- delete_from_swap_cache(folio);
...>
}
