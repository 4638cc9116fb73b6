// Breaks: a recovery leaves the emptied page tables of other processes where they are.
// Seen as: nobody but the asker has the huge page mapped as one, ever.
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
