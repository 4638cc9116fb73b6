// Breaks: write(2) that fails half-way beyond the end moves the end as if it had not.
// Seen as: the file is longer than what was written to it.
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
