// Breaks: a hole in a hugetlb file leaves the pages of mappings under UFFDIO_RWPROTECT.
// Seen as: the hole is not zero, or the page does not return to the pool.
// Caught by: uffd/rw_protection_stays.punched_hugetlb
// Since: 7.3
// Changes: mm/hugetlb.c 1
@@ @@
unmap_hugepage_range(...)
{
...
+ if (userfaultfd_rwp(vma)) return;
  tlb_gather_mmu(...);
...
}
