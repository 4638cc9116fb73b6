// Breaks: MADV_COLD and MADV_PAGEOUT accept mlocked memory and hugetlb.
// Seen as: mlocked memory is swapped out.
// Caught by: thp/page_out.locked_* thp/advice_bounds.refused_cold_hugetlb thp/advice_bounds.refused_pageout_hugetlb
// Noticed by: thp/advice_bounds.refused_cold_hugetlb, its own check
// Changes: mm/madvise.c 1
@@ @@
can_madv_lru_vma(...)
{
- return !(vma->vm_flags & (VM_LOCKED|VM_PFNMAP|VM_HUGETLB));
+ return !(vma->vm_flags & VM_PFNMAP);
}
