// Breaks: UFFDIO_COPY of hugetlb leaves an extra reference to the page.
// Seen as: the page is never returned to the pool.
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
