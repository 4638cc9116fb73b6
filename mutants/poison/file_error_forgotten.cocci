// Breaks: a poisoned shared huge page leaves no hwpoison entry, and its file does not record the error.
// Seen as: programs read from memory that is lost.
// Caught by: poison/races.fault_shared poison/races.drop_shared poison/races.protect_shared poison/races.offline_shared poison/races_migrate.shared poison/hugetlb_shared.at_access poison/no_fresh_page.mapped_twice
// Noticed by: poison/hugetlb_shared.at_access, its own check
// Changes: mm/rmap.c 1, mm/hugetlb.c 1
@@ @@
try_to_unmap_one(...)
{
<...
hugetlb_count_sub(folio_nr_pages(folio), mm);
- set_huge_pte_at(mm, address, pvmw.pte, pteval, hsz);
...>
}
@@ @@
hugetlb_no_page(...)
{
<...
- unlikely(folio_test_hwpoison(folio))
+ false
...>
}
