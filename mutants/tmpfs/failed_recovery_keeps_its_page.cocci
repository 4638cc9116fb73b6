// Breaks: a recovery that is given up keeps the huge page that it had made.
// Seen as: memory, charged to the group, that nobody can give back.
// Caught by: tmpfs/accounting.group_refused
// Noticed by: tmpfs/accounting.group_refused, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
new_folio->mapping = NULL;
folio_unlock(new_folio);
- folio_put(new_folio);
...>
}
