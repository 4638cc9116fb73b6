// Breaks: MADV_DODUMP of hugetlb fails with EINVAL.
// Seen as: MADV_DONTDUMP cannot be undone.
// Caught by: thp/advice_bounds.dump_hugetlb hugetlb/advice_bounds.dump
// Noticed by: thp/advice_bounds.dump_hugetlb, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_vma_behavior(...)
{
<...
- !is_vm_hugetlb_page(vma) && new_flags & VM_SPECIAL
+ new_flags & VM_SPECIAL
...>
}
