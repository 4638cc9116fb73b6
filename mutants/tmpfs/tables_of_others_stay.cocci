// Breaks: a collapse does not remove the empty page tables of other processes.
// Seen as: only the caller ever maps the huge page by a PMD.
// Caught by: tmpfs/recovery.aligned_other_* tmpfs/recovery.everyone_*
// Noticed by: tmpfs/recovery.aligned_other_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- retract_page_tables(mapping, start);
...>
}
