// Breaks: a free hugetlb page is dissolved although all free pages are reserved.
// Seen as: memory with reserved pages is set offline; the pool has fewer pages than are promised.
// Caught by: migrate/memory_block.reserved_hugetlb
// Noticed by: migrate/memory_block.reserved_hugetlb, its own check
// Changes: mm/hugetlb.c 1
// Guest: --nodes 2 --memory 4G
@@ @@
dissolve_free_hugetlb_folio(...)
{
<...
- if (!available_huge_pages(h))
- 	goto out;
...>
}
