// Breaks: unused device memory is not returned to its driver.
// Seen as: the device runs out of memory.
// Caught by: hmm/capacity.twice_*
// Noticed by: hmm/capacity.twice_private, its own check
// Changes: mm/memremap.c 1
@@ @@
free_zone_device_folio(...)
{
<...
- folio->page.pgmap->ops->page_free(folio_page(folio, 0));
...>
}
