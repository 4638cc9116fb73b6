// Breaks: a poisoned shared huge page is not unmapped.
// Seen as: processes continue to use poisoned memory.
// Caught by: poison/hugetlb_shared.at_access poison/no_fresh_page.mapped_twice
// Noticed by: poison/hugetlb_shared.at_access, its own check
// Changes: mm/memory-failure.c 1
@@ @@
hwpoison_user_mappings(...)
{
<...
- unmap_success = !unmap_poisoned_folio(folio, pfn, flags & MF_MUST_KILL);
+ unmap_success = (folio_test_hugetlb(folio) && !folio_test_anon(folio)) || !unmap_poisoned_folio(folio, pfn, flags & MF_MUST_KILL);
...>
}
