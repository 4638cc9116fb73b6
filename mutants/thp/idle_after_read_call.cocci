// Breaks: folio_mark_accessed() leaves a folio idle.
// Seen as: a file that is only read by system calls is taken for idle.
// Caught by: thp/idle.read_by_call
// Noticed by: thp/idle.read_by_call, its own check
// Changes: mm/swap.c 1
@@ @@
folio_mark_accessed(...)
{
<...
- if (folio_test_idle(folio))
-	folio_clear_idle(folio);
...>
}
