// Breaks: a write that fails half-way returns its full length.
// Seen as: data is lost without an error.
// Caught by: tmpfs/write.bad_address_* tmpfs/write.past_the_end_*
// Noticed by: tmpfs/write.bad_address_hole, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_write_end(...)
{
...
- return copied;
+ return len;
}
