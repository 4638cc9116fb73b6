// Breaks: an unmapped huge page is not freed.
// Seen as: every touched private page leaks.
// Caught by: hugetlb/library.huge_pages hugetlb/private_cow.child_writes hugetlb/madvise.dontneed_private
// Noticed by: hugetlb/library.huge_pages, its own check
// Changes: mm/hugetlb.c 1
@@ @@
__unmap_hugepage_range(...)
{
<...
- tlb_remove_page_size(...);
...>
}
