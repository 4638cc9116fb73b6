// Breaks: a copy of hugetlb with no page to be had says that there is one.
// Seen as: a handler goes on, and the process that waits is told again and again.
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
