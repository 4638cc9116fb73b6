// Breaks: write(2) that fails half-way says that it has written all.
// Seen as: bytes are lost without an error.
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
