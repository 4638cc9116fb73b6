// Breaks: device memory that nobody has any more is not given back to its driver.
// Seen as: the device runs out of memory.
// Caught by: hmm/capacity.twice_*
// Noticed by: hmm/capacity.twice, its own check
// Changes: mm/memremap.c 1
@@ @@
free_zone_device_folio(...)
{
<...
- folio->page.pgmap->ops->page_free(folio_page(folio, 0));
...>
}
