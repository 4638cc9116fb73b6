// Breaks: a swapped page that UFFDIO_MOVE moved is not soft-dirty.
// Seen as: a checkpoint misses it at its new address.
// Caught by: uffd/move.soft_dirty_swapped
// Noticed by: uffd/move.soft_dirty_swapped, its own check
// Changes: mm/userfaultfd.c 1
// History: the state before "mm: userfaultfd: correct dirty flags set for both present and swap
//   pte"
@@ @@
move_swap_pte(...)
{
<...
- orig_src_pte = pte_swp_mksoft_dirty(orig_src_pte);
...>
}
