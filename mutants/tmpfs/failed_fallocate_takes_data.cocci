// Breaks: fallocate that fails half-way takes what was written before along.
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
