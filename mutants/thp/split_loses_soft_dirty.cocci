// Breaks: a split loses the soft-dirty bit.
// Seen as: a checkpoint misses what was written.
// Caught by: thp/split_bits.soft_dirty_page
// Noticed by: thp/split_bits.soft_dirty_page, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- soft_dirty = pmd_soft_dirty(old_pmd);
+ soft_dirty = false;
...>
}
