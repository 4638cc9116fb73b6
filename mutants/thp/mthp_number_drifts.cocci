// Breaks: nr_anon of a THP size is not decreased when folios are freed.
// Seen as: the counter only grows.
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
