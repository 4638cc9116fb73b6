// Breaks: mremap moves sealed memory.
// Seen as: the call succeeds instead of failing with EPERM.
// Caught by: thp/sealed.kept_* hugetlb/advice_bounds.sealed_*
// Noticed by: thp/sealed.kept_base, its own check
// Changes: mm/mremap.c 1
@@ @@
- !can_modify_vma(vma)
+ 0
