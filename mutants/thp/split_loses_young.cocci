// Breaks: a split of a PMD mapping loses the accessed bit.
// Seen as: pages in use are reclaimed.
// Caught by: thp/split_bits.young_mapping
// Noticed by: thp/split_bits.young_mapping, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- young = pmd_young(old_pmd);
+ young = false;
...>
}
