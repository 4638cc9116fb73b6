// Breaks: pages that a collapse adds for holes are not counted as blocks of the file.
// Seen as: the block count is too low, and negative after truncation.
// Caught by: tmpfs/accounting.blocks tmpfs/holes.punched_*
// Noticed by: tmpfs/accounting.blocks, crash
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- result == SCAN_SUCCEED && nr_none && !shmem_charge(mapping->host, nr_none)
+ result == SCAN_SUCCEED && nr_none > 512 && !shmem_charge(mapping->host, nr_none)
...>
}
