// Breaks: a reservation counts free pages that are already reserved.
// Seen as: mmap succeeds, and a process gets SIGBUS despite its reservation.
// Caught by: hugetlb/noreserve hugetlb/accounting
// Noticed by: hugetlb/accounting.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
gather_surplus_pages(...)
{
...
- needed = (h->resv_huge_pages + delta) - h->free_huge_pages;
+ needed = delta - h->free_huge_pages;
...
}
