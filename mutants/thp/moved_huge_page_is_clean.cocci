// Breaks: a huge page that mremap() moved is not soft-dirty.
// Seen as: a checkpoint misses it at its new address.
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
