// Breaks: a split loses the dirty bit.
// Seen as: what was written after MADV_FREE is lost.
// Caught by: thp/split_bits.dirty_mapping thp/split_bits.dirty_page
// Noticed by: thp/split_bits.dirty_mapping, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- dirty = true;
- folio_set_dirty(folio);
...>
}
