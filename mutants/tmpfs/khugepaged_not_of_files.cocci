// Breaks: khugepaged does not collapse shmem.
// Seen as: shmem keeps base pages.
// Caught by: tmpfs/khugepaged.by_itself_* tmpfs/khugepaged.for_others_* tmpfs/khugepaged.advised_alone
// Noticed by: tmpfs/khugepaged.by_itself_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
hpage_collapse_scan_file(...)
{
<...
- result = collapse_file(mm, addr, file, start, cc);
+ result = cc->is_khugepaged ? SCAN_FAIL : collapse_file(mm, addr, file, start, cc);
...>
}
