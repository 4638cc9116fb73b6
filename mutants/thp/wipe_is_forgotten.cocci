// Breaks: MADV_WIPEONFORK has no effect.
// Seen as: the child reads the parent's data.
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
