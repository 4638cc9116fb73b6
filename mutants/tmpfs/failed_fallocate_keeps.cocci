// Breaks: fallocate that fails half-way keeps what it had made.
// Seen as: the file system stays full, with nothing to show for it.
// Caught by: tmpfs/preallocate.half_way_*
// Noticed by: tmpfs/preallocate.half_way_small, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_fallocate(...)
{
<...
- if (index > start)
+ if (index > start + 1000000)
  { ... }
...>
}
