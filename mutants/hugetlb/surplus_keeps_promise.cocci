// Breaks: a surplus page that is taken for a reservation does not use the reservation up.
// Seen as: HugePages_Rsvd never comes down again.
// Caught by: hugetlb/node_policy.promised_elsewhere_*
// Noticed by: hugetlb/node_policy.promised_elsewhere_private, its own check
// Changes: mm/hugetlb.c 1
// History: commit a88c76954804, "mm: hugetlb: fix hugepage memory leak caused by wrong reserve
//   count"
@@ @@
alloc_hugetlb_folio(...)
{
<...
- if (!cow_from_owner && vma_has_reserves(vma, gbl_chg)) {
- 	folio_set_hugetlb_restore_reserve(folio);
- 	h->resv_huge_pages--;
- }
...>
}
