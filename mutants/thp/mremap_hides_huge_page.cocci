// Breaks: mremap does not mark moved huge pages as soft-dirty.
// Seen as: moved pages are missing in a checkpoint.
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
