// Breaks: huge=within_size rounds the size of the file down to base pages.
// Seen as: a file that ends in its last base page gets no huge page there.
// Caught by: tmpfs/within_size.byte_short tmpfs/within_size.byte_of_last
// Noticed by: tmpfs/within_size.byte_short, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_huge_global_enabled(...)
{
<...
- i_size = round_up(i_size, PAGE_SIZE);
...>
}
