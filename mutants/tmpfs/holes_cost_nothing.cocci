// Breaks: the pages that a recovery adds for holes are not charged to the file.
// Seen as: blocks used are fewer than there are, and below zero when they go.
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
