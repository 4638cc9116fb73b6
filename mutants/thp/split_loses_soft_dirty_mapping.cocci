// Breaks: a split of a mapping leaves its entries neither dirty nor soft-dirty.
// Seen as: a checkpoint misses what was written.
// Caught by: thp/split_bits.soft_dirty_mapping
// Noticed by: thp/split_bits.soft_dirty_mapping, its own check
// Changes: mm/huge_memory.c 2
@@ @@
__split_huge_pmd_locked(...)
{
<...
(
- entry = pte_mkdirty(entry);
+ ;
|
- entry = pte_mksoft_dirty(entry);
+ ;
)
...>
}
