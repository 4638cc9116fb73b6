// Breaks: a page of hugetlb that a handler gave has one user too many.
// Seen as: it never comes back to the pool.
// Caught by: uffd/reservation.copied_* uffd/reservation.exists_* uffd/reservation.far_source_* uffd/reservation.no_reservation_* uffd/reservation.poisoned_* uffd/race_hugetlb.*
// Changes: mm/hugetlb.c 2
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- folio_set_hugetlb_migratable(folio);
+ { folio_set_hugetlb_migratable(folio); folio_get(folio); }
...>
}
