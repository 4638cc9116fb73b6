// Breaks: UFFDIO_COPY of hugetlb takes a free page in addition to the reserved one.
// Seen as: a pool with a page for each reservation runs out.
// Caught by: uffd/reservation.copied_* uffd/reservation.exists_private uffd/reservation.exists_shared uffd/reservation.no_source_* uffd/reservation.no_room_*
// Noticed by: uffd/reservation.copied_private, its own check
// Changes: mm/hugetlb.c 2
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- alloc_hugetlb_folio(dst_vma, dst_addr, false)
+ alloc_hugetlb_folio(dst_vma, dst_addr, true)
...>
}
