// Breaks: a write that fails half-way beyond the end extends the file by its full length.
// Seen as: the file is too long.
// Caught by: tmpfs/write.past_the_end_*
// Noticed by: tmpfs/write.past_the_end_hole, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_write_end(...)
{
<...
- pos + copied
+ pos + len
...>
}
