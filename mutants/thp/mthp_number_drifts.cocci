// Breaks: nr_anon is not lowered when pages go.
// Seen as: the number of huge pages grows for ever.
// Caught by: thp/sizes.number
// Noticed by: thp/sizes.number, its own check
// Changes: mm/page_alloc.c 1
@@ @@
free_pages_prepare(...)
{
<...
- mod_mthp_stat(order, MTHP_STAT_NR_ANON, -1);
+ ;
...>
}
