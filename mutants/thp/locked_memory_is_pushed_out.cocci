// Breaks: MADV_COLD and MADV_PAGEOUT take locked memory, and memory of hugetlb.
// Seen as: what was locked so as never to wait for a disk waits for one.
// Caught by: thp/page_out.locked_* thp/advice_bounds.refused_cold_hugetlb thp/advice_bounds.refused_pageout_hugetlb
// Noticed by: thp/advice_bounds.refused_cold_hugetlb, its own check
// Changes: mm/madvise.c 1
@@ @@
can_madv_lru_vma(...)
{
- return !(vma->vm_flags & (VM_LOCKED|VM_PFNMAP|VM_HUGETLB));
+ return !(vma->vm_flags & VM_PFNMAP);
}
