// Breaks: a page that UFFDIO_COPY puts into a file is clean.
// Seen as: reclaim drops it, and the file reads as zeros.
// Caught by: uffd/reclaimed.intact_*
// Noticed by: uffd/reclaimed.intact_copied, its own check
// Changes: mm/userfaultfd.c 1
// History: commit dcf7fe9d8976, "userfaultfd: shmem: UFFDIO_COPY: set the page dirty if VM_WRITE
//   is not set"
@@ @@
mfill_atomic_install_pte(...)
{
<...
- _dst_pte = pte_mkdirty(_dst_pte);
...>
}
