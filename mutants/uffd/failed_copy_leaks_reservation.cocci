// Breaks: a copy of hugetlb that must wait for its source forgets what was reserved.
// Seen as: the pool promises pages to nobody; the count of reserved pages falls.
// Caught by: uffd/reservation.no_source_private
// Noticed by: uffd/reservation.no_source_private, its own check
// Changes: mm/hugetlb.c 3
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- restore_reserve_on_error(...);
...>
}
