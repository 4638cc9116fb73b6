// Breaks: MADV_COLD and MADV_PAGEOUT of hugetlb succeed instead of failing with EINVAL.
// Seen as: a program believes that they had an effect.
// Caught by: hugetlb/madvise.cold hugetlb/madvise.pageout
// Noticed by: hugetlb/madvise.cold, its own check
// Changes: mm/madvise.c 1
@@ @@
can_madv_lru_vma(...)
{
<...
- return !(vma->vm_flags & (VM_LOCKED|VM_PFNMAP|VM_HUGETLB));
+ return !(vma->vm_flags & (VM_LOCKED|VM_PFNMAP));
...>
}
