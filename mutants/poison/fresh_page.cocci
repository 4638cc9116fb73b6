// Breaks: a poisoned huge page leaves an empty entry instead of a hwpoison entry.
// Seen as: the next access finds zeros instead of SIGBUS.
// Caught by: poison/hugetlb_private.shared_by_fork poison/no_fresh_page.private poison/life_after.protected_private poison/races.fault_private poison/races.drop_private poison/races_migrate.private
// Noticed by: poison/hugetlb_private.shared_by_fork, its own check
// Changes: mm/rmap.c 1
@@ @@
try_to_unmap_one(...)
{
<...
hugetlb_count_sub(folio_nr_pages(folio), mm);
- set_huge_pte_at(mm, address, pvmw.pte, pteval, hsz);
...>
}
