// Breaks: a device's fault for writing does not ask whether the mapping may be written.
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
