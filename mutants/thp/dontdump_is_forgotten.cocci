// Breaks: MADV_DONTDUMP has no effect.
// Seen as: memory is in the core file.
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
