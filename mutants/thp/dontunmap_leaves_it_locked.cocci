// Breaks: the mapping that MREMAP_DONTUNMAP leaves behind stays mlocked without being counted.
// Seen as: VmLck is too low.
// Caught by: thp/dontunmap.locked_*
// Noticed by: thp/dontunmap.locked_base, its own check
// Changes: mm/mremap.c 1
@@ @@
move_vma(...)
{
<...
- vm_flags_clear(vma, VM_LOCKED_MASK);
...>
}
