// Breaks: a copy of hugetlb takes a free page beside the one that was reserved.
// Seen as: a pool that has a page for each promise runs out.
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
