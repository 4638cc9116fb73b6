// Breaks: MADV_WIPEONFORK accepts memory of files.
// Seen as: the call succeeds instead of failing with EINVAL.
// Caught by: thp/advice_bounds.refused_wipe_*
// Noticed by: thp/advice_bounds.refused_wipe_hugetlb, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_vma_behavior(...)
{
<...
- if (vma->vm_file || vma->vm_flags & VM_SHARED) return -EINVAL;
...>
}
