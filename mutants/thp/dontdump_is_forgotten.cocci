// Breaks: MADV_DONTDUMP is forgotten.
// Seen as: a core dump holds what was to be kept from it.
// Caught by: thp/advice_bounds.dump_*
// Noticed by: thp/advice_bounds.dump_base, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_vma_behavior(...)
{
<...
- new_flags |= VM_DONTDUMP;
...>
}
