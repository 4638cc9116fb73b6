// Breaks: fsync does not report an error in a dirty page of a file.
// Seen as: the loss of written data is not reported.
// Caught by: poison/page_types_file.dirty_file
// Noticed by: poison/page_types_file.dirty_file, its own check
// Changes: mm/memory-failure.c 1
@@ @@
me_pagecache_dirty(...)
{
<...
- mapping_set_error(mapping, -EIO);
...>
}
