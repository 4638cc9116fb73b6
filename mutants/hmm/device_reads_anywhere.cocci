// Breaks: a device may read what its process may not.
// Seen as: PROT_NONE protects from processors alone.
// Caught by: hmm/permissions.none_*
// Changes: mm/hmm.c 1
@@ @@
hmm_vma_walk_test(...)
{
<...
- !(vma->vm_flags & (VM_IO | VM_PFNMAP)) && vma->vm_flags & VM_READ
+ !(vma->vm_flags & (VM_IO | VM_PFNMAP))
...>
}
