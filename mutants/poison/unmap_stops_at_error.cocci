// Breaks: munmap stops at a bad huge page.
// Seen as: the pages behind it are never given back.
// Caught by: poison/life_after.unmapped_shared poison/life_after.unmapped_private
// Noticed by: poison/life_after.unmapped_shared, crash
// Changes: mm/hugetlb.c 1
@@ @@
__unmap_hugepage_range(...)
{
<...
if (unlikely(!pte_present(pte))) {
...
- continue;
+ break;
}
...>
}
