// Breaks: a poisoned clean page of a file stays in the page cache.
// Seen as: SIGBUS for data that is still on disk.
// Caught by: poison/page_types_file.clean_file
// Noticed by: poison/page_types_file.clean_file, its own check
// Changes: mm/memory-failure.c 1
@@ @@
me_pagecache_clean(...)
{
<...
- ret = truncate_error_folio(folio, page_to_pfn(p), mapping);
+ ret = MF_RECOVERED;
...>
}
