// Breaks: UFFDIO_POISON of hugetlb leaks a page.
// Seen as: the pool loses a page for each marker.
// Caught by: uffd/reservation.poisoned_*
// Noticed by: uffd/reservation.poisoned_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
  if (uffd_flags_mode_is(flags, MFILL_ATOMIC_POISON)) {
+ alloc_hugetlb_folio(dst_vma, dst_addr, false);
  ptl = huge_pte_lock(h, dst_mm, dst_pte);
  ...
  }
...>
}
