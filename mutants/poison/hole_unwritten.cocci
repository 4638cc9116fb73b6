// Breaks: a read of a hole in a shmem file does not write to the buffer.
// Seen as: the buffer has old data instead of zeros.
// Caught by: poison/shmem.given_up
// Noticed by: poison/shmem.given_up, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_file_read_iter(...)
{
<...
- copy_page_to_iter(ZERO_PAGE(0), offset, nr, to)
+ (iov_iter_advance(to, nr), nr)
...>
}
