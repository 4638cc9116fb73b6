// Breaks: swpin_fallback is not counted.
// Seen as: the statistic stays.
// Caught by: thp/swap_in.no_memory
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/swap_state.c 1
@@ @@
swap_cache_alloc_folio(...)
{
<...
- count_mthp_stat(order, MTHP_STAT_SWPIN_FALLBACK);
+ ;
...>
}
