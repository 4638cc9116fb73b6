// Breaks: MADV_DONTFORK is forgotten.
// Seen as: a child has what was to be its parent's alone.
// Caught by: thp/advice_bounds.not_forked_* hugetlb/advice_bounds.not_forked_*
// Noticed by: hugetlb/advice_bounds.not_forked_private, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_vma_behavior(...)
{
<...
- new_flags |= VM_DONTCOPY;
...>
}
