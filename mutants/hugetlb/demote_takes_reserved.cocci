// Breaks: demotion counts reserved pages as available.
// Seen as: the process with the reservation gets SIGBUS at its first touch.
// Caught by: hugetlb/demote.reserved
// Noticed by: hugetlb/demote.reserved, its own check
// Changes: mm/hugetlb.c 1
// Guest: --memory 8G --hugepages 1G:2
// Sizes: 1G
@@ @@
demote_store(...)
{
<...
- nr_available -= h->resv_huge_pages;
...>
}
