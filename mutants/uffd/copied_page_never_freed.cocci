// Breaks: a page of hugetlb that a handler gave has one user too many.
// Seen as: it never comes back to the pool.
// Caught by: uffd/race_hugetlb.unmapped_*
// Noticed by: uffd/race_hugetlb.unmapped_private, its own check
// Changes: mm/hugetlb.c 2
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- folio_set_hugetlb_migratable(folio);
+ { folio_set_hugetlb_migratable(folio); folio_get(folio); }
...>
}
