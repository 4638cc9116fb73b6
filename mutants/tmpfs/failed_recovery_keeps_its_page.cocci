// Breaks: an aborted collapse leaks the huge page that it allocated.
// Seen as: memory stays charged to the cgroup and cannot be freed.
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
