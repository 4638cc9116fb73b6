// Breaks: the zero page is not replaced by fresh device pages.
// Seen as: memory that was only read is not migrated.
// Caught by: hmm/empty.behind_zero_page_* hmm/empty.behind_huge_zero_page_* hmm/empty.mixture_*
// Noticed by: hmm/empty.behind_zero_page_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_collect_pmd(...)
{
<...
- is_zero_pfn(pfn) && (migrate->flags & MIGRATE_VMA_SELECT_SYSTEM)
+ is_zero_pfn(pfn) && !migrate->flags
...>
}
