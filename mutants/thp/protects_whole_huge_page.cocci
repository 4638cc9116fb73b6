// Breaks: mprotect of a part changes all of the huge page.
// Seen as: the rest cannot be written either.
// Caught by: thp/split_mapping.mprotect_part
// Changes: mm/mprotect.c 1
@@ @@
change_pmd_range(...)
{
<...
- (next - addr != HPAGE_PMD_SIZE) || pgtable_split_needed(vma, cp_flags)
+ pgtable_split_needed(vma, cp_flags)
...>
}
