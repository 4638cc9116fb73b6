// Breaks: a poisoned private huge page is not unmapped.
// Seen as: processes continue to use poisoned memory.
// Caught by: poison/hugetlb_private.shared_by_fork poison/hugetlb_private.chain poison/no_fresh_page.private 
// Noticed by: poison/hugetlb_private.shared_by_fork, its own check
// Changes: mm/memory-failure.c 1
@@ @@
hwpoison_user_mappings(...)
{
<...
- unmap_success = !unmap_poisoned_folio(folio, pfn, flags & MF_MUST_KILL);
+ unmap_success = (folio_test_hugetlb(folio) && folio_test_anon(folio)) || !unmap_poisoned_folio(folio, pfn, flags & MF_MUST_KILL);
...>
}
