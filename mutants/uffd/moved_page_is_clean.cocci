// Breaks: a page that UFFDIO_MOVE moved is neither dirty nor soft-dirty.
// Seen as: a checkpoint misses it, and reclaim may drop it.
// Caught by: uffd/move.soft_dirty_written
// Noticed by: uffd/move.soft_dirty_written, its own check
// Changes: mm/userfaultfd.c 2
@@ @@
move_present_pte(...)
{
<...
(
- orig_dst_pte = pte_mksoft_dirty(orig_dst_pte);
|
- orig_dst_pte = pte_mkdirty(orig_dst_pte);
+ ;
)
...>
}
