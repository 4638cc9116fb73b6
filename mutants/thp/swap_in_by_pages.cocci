// Breaks: swapped-out folios come back page by page.
// Seen as: swpin of a size stays.
// Caught by: thp/swap_in.whole_* thp/swap_in.incomplete
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
do_swap_page(...)
{
<...
- thp_swapin_suitable_orders(vmf) | BIT(0)
+ BIT(0)
...>
}
