// Breaks: what zswap takes is not counted in zswpout of a size.
// Seen as: the statistic stays.
// Caught by: thp/swap_in.zswapped
// Guest: --swap 256M --append zswap.enabled=1
// Since: 6.13
// Changes: mm/page_io.c 1
@@ @@
- count_mthp_stat(folio_order(folio), MTHP_STAT_ZSWPOUT);
+ ;
