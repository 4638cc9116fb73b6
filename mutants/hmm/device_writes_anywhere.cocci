// Breaks: a device's write fault does not check whether the mapping is writable.
// Seen as: a device writes where its process may not.
// Caught by: hmm/permissions.read_only_*
// Noticed by: hmm/permissions.read_only_private, timeout
// Changes: mm/hmm.c 1
@@ @@
hmm_vma_fault(...)
{
<...
- if (!(vma->vm_flags & VM_WRITE)) return -EPERM;
...>
}
