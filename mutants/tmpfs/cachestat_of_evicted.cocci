// Breaks: cachestat counts an evicted entry of a file as one page.
// Seen as: huge pages in swap seem to be missing.
// Caught by: tmpfs/cachestat.swapped_*
// Noticed by: tmpfs/cachestat.swapped_64k, its own check
// Changes: mm/filemap.c 1
@@ @@
filemap_cachestat(...)
{
<...
- cs->nr_evicted += nr_pages;
+ cs->nr_evicted += 1;
...>
}
