// Breaks: mremap from a length of 0 refuses a shared mapping.
// Seen as: EINVAL where a second mapping was due.
// Caught by: thp/mremap.duplicated_tmpfs
// Noticed by: thp/mremap.duplicated_tmpfs, its own check
// Changes: mm/mremap.c 1
@@ @@
vma_to_resize(...)
{
<...
- !old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE))
+ !old_len
...>
}
