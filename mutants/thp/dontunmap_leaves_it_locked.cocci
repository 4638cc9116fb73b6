// Breaks: what MREMAP_DONTUNMAP leaves behind stays locked, and is not counted.
// Seen as: the count of locked memory falls below what is locked.
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
