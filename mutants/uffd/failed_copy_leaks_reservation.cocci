// Breaks: UFFDIO_COPY of hugetlb that faults in its source loses the reservation.
// Seen as: HugePages_Rsvd is wrong.
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
