// Breaks: a page that UFFDIO_MOVE moved is not soft-dirty.
// Seen as: a checkpoint misses it at its new address.
// Caught by: uffd/move.soft_dirty_read_back
// Noticed by: uffd/move.soft_dirty_read_back, its own check
// Changes: mm/userfaultfd.c 1
// History: the state before "mm: userfaultfd: correct dirty flags set for both present and swap
//   pte"; with a page that was written the dirty bit hides it
@@ @@
move_present_pte(...)
{
<...
- orig_dst_pte = pte_mksoft_dirty(orig_dst_pte);
...>
}
