// Breaks: UFFDIO_COPY of hugetlb that faults in its source leaks the page of the first attempt.
// Seen as: every such copy leaks a huge page.
// Caught by: uffd/reservation.no_source_* uffd/reservation.far_source_*
// Noticed by: uffd/reservation.no_source_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
  ret = -ENOENT;
  restore_reserve_on_error(h, dst_vma, dst_addr, folio);
- folio_put(folio);
...>
}
