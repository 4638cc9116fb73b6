// Breaks: swapoff counts the pages that it brings back as resident, and still as swapped out.
// Seen as: VmSwap of a process is not zero without any swap.
// Caught by: thp/swapoff.intact_base thp/swapoff.intact_mthp thp/swapoff.intact_thp thp/swapoff.forked_base thp/swapoff.forked_mthp thp/swapoff.forked_thp
// Noticed by: thp/swapoff.intact_base, its own check
// Changes: mm/swapfile.c 1
@@ @@
unuse_pte(...)
{
<...
 arch_swap_restore(...);
- dec_mm_counter(vma->vm_mm, MM_SWAPENTS);
...>
}
