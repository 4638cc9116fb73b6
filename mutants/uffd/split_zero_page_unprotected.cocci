// Breaks: the huge zero page loses its write protection when its mapping is split.
// Seen as: a write is not reported.
// Caught by: uffd/protection_stays.zero_page_split
// Noticed by: uffd/protection_stays.zero_page_split, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_zero_page_pmd(...)
{
<...
- entry = pte_mkuffd_wp(entry);
+ ;
...>
}
