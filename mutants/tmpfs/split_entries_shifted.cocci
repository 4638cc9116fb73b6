// Breaks: when a huge swap entry is split, neighbouring pages are exchanged.
// Seen as: a part of the file has the data of another one.
// Caught by: tmpfs/swapped.*
// Noticed by: tmpfs/swapped.mapped_64k, its own check
// Changes: mm/shmem.c 1
// History: commit 058313515d5a, "mm: shmem: fix potential data corruption during shmem swapin"
@@ @@
shmem_split_large_entry(...)
{
<...
- swp_offset(swap) + i
+ swp_offset(swap) + (i ^ 1)
...>
}
