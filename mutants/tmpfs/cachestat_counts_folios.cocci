// Breaks: cachestat counts a huge page as one page.
// Seen as: a file of huge pages seems not to be cached.
// Caught by: tmpfs/cachestat.cached_64k tmpfs/cachestat.cached_pmd tmpfs/cachestat.holes_* tmpfs/cachestat.swapped_*
// Noticed by: tmpfs/cachestat.cached_64k, its own check
// Changes: mm/filemap.c 1
@@ @@
filemap_cachestat(...)
{
<...
- order = xas_get_order(&xas);
+ order = 0;
...>
}
