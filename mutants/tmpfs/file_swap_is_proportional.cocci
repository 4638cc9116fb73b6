// Breaks: what a file has in swap counts in SwapPss of each mapping.
// Seen as: the sum of SwapPss is more than what is in swap.
// Caught by: tmpfs/swapped.told_proportional_*
// Changes: fs/proc/task_mmu.c 1
@@ @@
smap_gather_stats(...)
{
<...
- mss->swap += shmem_swapped;
+ mss->swap += shmem_swapped; mss->swap_pss += shmem_swapped << 12;
...>
}
