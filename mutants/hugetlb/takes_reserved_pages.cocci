// Breaks: a page without reservation may be one that another process has reserved.
// Seen as: the process that reserved is killed by SIGBUS at its first touch.
// Caught by: hugetlb/noreserve hugetlb/private_reservation
// Noticed by: hugetlb/noreserve.shared_sigbus, its own check
// Changes: mm/hugetlb.c 1
@@ @@
dequeue_hugetlb_folio_vma(...)
{
<...
- if (!vma_has_reserves(...) && !available_huge_pages(h)) goto err;
...>
}
