// Breaks: a failed collapse does not free its huge page.
// Seen as: memory leaks and stays charged to the cgroup.
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
