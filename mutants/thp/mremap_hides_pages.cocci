// Breaks: mremap does not mark moved base pages as soft-dirty.
// Seen as: moved pages are missing in a checkpoint.
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
