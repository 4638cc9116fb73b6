// Breaks: the reservation of a dropped private page is restored while a child still maps the page.
// Seen as: Rsvd becomes negative, or stays too high.
// Caught by: hugetlb/accounting_fork.private_leaver
// Noticed by: hugetlb/accounting_fork.private_leaver, its own check
// Changes: mm/hugetlb.c 1
@@ @@
__unmap_hugepage_range(...)
{
<...
if (!h->surplus_huge_pages && __vma_private_lock(vma) &&
-   !folio_mapped(page_folio(page)) &&
    folio_test_anon(page_folio(page))) {...}
...>
}
