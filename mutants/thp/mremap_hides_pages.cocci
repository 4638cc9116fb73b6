// Breaks: mremap does not mark base pages that it moves.
// Seen as: who follows written pages misses what is at a new place.
// Caught by: thp/soft_dirty.written_later_mremap_unaligned_base
// Noticed by: thp/soft_dirty.written_later_mremap_unaligned_base, its own check
// Changes: mm/mremap.c 1
@@ @@
move_ptes(...)
{
<...
- pte = move_soft_dirty_pte(pte);
...>
}
