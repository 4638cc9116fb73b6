// Breaks: UFFDIO_COPY in a private mapping of shared memory puts the page into the file.
// Seen as: what a process was given for itself alone is seen by all.
// Caught by: uffd/private_file.missing_tmpfs uffd/private_file.present_tmpfs
// Changes: mm/userfaultfd.c 1
@@ @@
- if (!(dst_vma->vm_flags & VM_SHARED))
+ if (vma_is_anonymous(dst_vma))
  { ... } else { ... }
