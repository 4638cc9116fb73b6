// Breaks: MADV_DONTFORK has no effect.
// Seen as: the child has the memory.
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
