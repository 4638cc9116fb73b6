// Breaks: mremap does not mark huge pages that it moves.
// Seen as: who follows written pages misses what is at a new place.
// Caught by: thp/soft_dirty.written_later_mremap_thp
// Noticed by: thp/soft_dirty.written_later_mremap_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
move_huge_pmd(...)
{
<...
- pmd = move_soft_dirty_pmd(pmd);
...>
}
