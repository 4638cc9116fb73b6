// Breaks: munmap stops at a poisoned huge page.
// Seen as: the pages behind it leak.
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
