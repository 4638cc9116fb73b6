// Breaks: mremap from a length of 0 duplicates a private mapping, too.
// Seen as: new memory where EINVAL was due.
// Caught by: thp/mremap.duplicated_base thp/mremap.duplicated_mthp thp/mremap.duplicated_thp
// Noticed by: thp/mremap.duplicated_base, its own check
// Changes: mm/mremap.c 1
// History: commit dba58d3b8c50, "mm/mremap: fail map duplication attempts for private mappings"
@@ @@
vma_to_resize(...)
{
<...
- !old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE))
+ 0
...>
}
