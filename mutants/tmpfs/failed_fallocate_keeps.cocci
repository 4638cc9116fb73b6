// Breaks: a failed fallocate keeps the pages that it allocated.
// Seen as: the file system stays full.
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
