// Breaks: shared memory counts as eligible for huge pages, whatever the settings say: for
//   THPeligible of smaps, and for khugepaged and MADV_COLLAPSE, which ask the same function.
// Seen as: tools that look for the reason why there is no huge page, and find none; huge pages
//   where they are disabled.
// Caught by: thp/eligible.memfd_*
// Noticed by: thp/eligible.memfd_never, its own check
// Changes: mm/huge_memory.c 1
// History: commit c06306696f83, "mm: thp: fix false negative of shmem vma's THP eligibility"
//   (the other way round)
@@ @@
__thp_vma_allowable_orders(...)
{
<...
- return shmem_allowable_huge_orders(...);
+ return orders;
...>
}
