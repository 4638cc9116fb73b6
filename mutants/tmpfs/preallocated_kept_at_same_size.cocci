// Breaks: truncation to the size that a file has keeps what lies beyond.
// Seen as: blocks beyond the end are kept for ever.
// Caught by: tmpfs/preallocate.beyond_is_cut_*
// Noticed by: tmpfs/preallocate.beyond_is_cut_small, its own check
// Changes: mm/shmem.c 1
// History: commit afa2db2fb6f1, "tmpfs: truncate prealloc blocks past i_size"
@@ @@
shmem_setattr(...)
{
<...
- newsize <= oldsize
+ newsize < oldsize
...>
}
