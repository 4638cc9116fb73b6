// Breaks: a fault without a reservation can take a page that is reserved.
// Seen as: the process with the reservation gets SIGBUS at its first touch.
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
