// Slows: the search for a page table to share takes the file's lock of mappings for writing,
// as it did before Linux learned to take it for reading.
// Seen as: first faults of processes that map the same hugetlb file are serialized.
// Changes: mm/hugetlb.c 2
@@ @@
huge_pmd_share(...)
{
<...
(
- i_mmap_lock_read
+ i_mmap_lock_write
|
- i_mmap_unlock_read
+ i_mmap_unlock_write
)
  (...)
...>
}
