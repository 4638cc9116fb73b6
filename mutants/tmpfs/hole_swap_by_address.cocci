// Breaks: smaps looks for swapped pages of a private mapping of tmpfs at the address, not at the
//   offset in the file.
// Seen as: Swap in smaps is 0 while the pages are in swap.
// Caught by: tmpfs/swapped.told_private_*
// Noticed by: tmpfs/swapped.told_private_64k, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit 10c848c8b480, "mm/smaps: fix shmem pte hole swap calculation"
@@ @@
smaps_pte_hole(...)
{
<...
- linear_page_index(vma, addr)
+ addr
...>
}
