// Breaks: an unpoisoned page is not freed.
// Seen as: good memory is lost.
// Caught by: poison/pool.shared
// Noticed by: poison/pool.shared, counters
// Changes: mm/memory-failure.c 1
@@ @@
unpoison_memory(...)
{
<...
if (TestClearPageHWPoison(p)) {
- folio_put(folio);
 ret = 0;
}
...>
}
