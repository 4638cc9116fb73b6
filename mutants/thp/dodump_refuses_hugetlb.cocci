// Breaks: MADV_DODUMP of hugetlb is EINVAL.
// Seen as: a program cannot take back MADV_DONTDUMP.
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
