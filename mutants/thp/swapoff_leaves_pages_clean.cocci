// Breaks: a page whose swap is freed stays clean.
// Seen as: it is dropped when it is reclaimed next, and reads as something else.
// Caught by: thp/swapoff.intact_base thp/swapoff.intact_* thp/page_out.whole_*
// Changes: mm/swapfile.c 1
@@ @@
folio_free_swap(...)
{
<...
- folio_set_dirty(folio);
...>
}
