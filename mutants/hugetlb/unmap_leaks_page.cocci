// Breaks: a huge page that is unmapped is not let go of.
// Seen as: every private page ever touched is lost until the machine boots again.
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
