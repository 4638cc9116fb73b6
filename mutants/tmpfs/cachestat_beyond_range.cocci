// Breaks: cachestat counts all of a huge page that is in the range in part.
// Seen as: more pages are cached than the range has.
// Caught by: tmpfs/cachestat.cached_64k tmpfs/cachestat.cached_pmd tmpfs/cachestat.swapped_*
// Noticed by: tmpfs/cachestat.cached_64k, its own check
// Changes: mm/filemap.c 1
@@ @@
filemap_cachestat(...)
{
<...
- nr_pages -= folio_last_index - last_index;
+ ;
...>
}
