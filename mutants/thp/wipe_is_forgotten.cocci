// Breaks: MADV_WIPEONFORK is forgotten.
// Seen as: a child has its parent's random seed.
// Caught by: thp/advice_bounds.wiped_*
// Noticed by: thp/advice_bounds.wiped_base, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_vma_behavior(...)
{
<...
- new_flags |= VM_WIPEONFORK;
...>
}
