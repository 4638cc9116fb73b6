// Breaks: a failed fallocate also removes pages that existed before.
// Seen as: data is lost.
// Caught by: tmpfs/preallocate.half_way_*
// Noticed by: tmpfs/preallocate.half_way_small, its own check
// Changes: mm/shmem.c 1
@@
expression inode, from, to;
@@
shmem_fallocate(...)
{
<...
- shmem_undo_range(inode, from, to, true)
+ shmem_undo_range(inode, from, to, false)
...>
}
