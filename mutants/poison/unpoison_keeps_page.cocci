// Breaks: a page that is unpoisoned is not given back.
// Seen as: the memory is lost for good.
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
