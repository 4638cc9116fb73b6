// Breaks: swpin_fallback_charge is not counted.
// Seen as: the statistic stays.
// Caught by: thp/swap_in.no_charge
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/swap_state.c 1
@@ @@
__swap_cache_alloc(...)
{
<...
- count_mthp_stat(order, MTHP_STAT_SWPIN_FALLBACK_CHARGE);
+ ;
...>
}
