// Breaks: UFFDIO_COPY of hugetlb without a free page fails with EEXIST.
// Seen as: a handler continues, and the same fault is reported again and again.
// Caught by: uffd/reservation.no_page_*
// Noticed by: uffd/reservation.no_page_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
  folio = alloc_hugetlb_folio(...);
  if (IS_ERR(folio)) {
- ret = -ENOMEM;
+ ret = -EEXIST;
  goto out;
  }
...>
}
