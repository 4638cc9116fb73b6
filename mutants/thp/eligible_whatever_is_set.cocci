// Breaks: THPeligible in smaps, khugepaged and MADV_COLLAPSE ignore the settings for shared memory.
// Seen as: tools predict huge pages that are not allocated, or huge pages are made although disabled.
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
