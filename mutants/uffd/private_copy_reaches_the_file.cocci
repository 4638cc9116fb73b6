// Breaks: UFFDIO_COPY to a private shmem mapping adds the page to the file.
// Seen as: private data is visible to all processes.
// Caught by: uffd/private_file.missing_tmpfs uffd/private_file.present_tmpfs
// Changes: mm/userfaultfd.c 1
@@ @@
- if (!(dst_vma->vm_flags & VM_SHARED))
+ if (vma_is_anonymous(dst_vma))
  { ... } else { ... }
