// Breaks: a copy of hugetlb that must wait for its source loses the page of the first try.
// Seen as: every such copy costs a huge page, until the machine boots again.
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
