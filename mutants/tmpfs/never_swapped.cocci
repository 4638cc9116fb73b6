// Breaks: a tmpfs of limited size does not go to swap.
// Seen as: memory that cannot be reclaimed.
// Caught by: tmpfs/noswap.not_kept_*
// Noticed by: tmpfs/noswap.not_kept_base, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_writepage(...)
{
<...
- if (!total_swap_pages)
+ if (!total_swap_pages || sbinfo->max_blocks)
 goto redirty;
...>
}
