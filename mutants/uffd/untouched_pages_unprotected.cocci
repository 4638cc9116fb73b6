// Breaks: unpopulated memory is not write-protected.
// Seen as: the first write to a page is not reported.
// Caught by: uffd/write_protect.untouched_shmem uffd/write_protect.untouched_thp uffd/write_protect.part_shmem uffd/write_protect.told_shmem uffd/write_protect.forked_shmem uffd/write_protect.mprotected_shmem uffd/write_protect.async_shmem uffd/events.child_protected_shmem
// Noticed by: uffd/events.child_protected_shmem, its own check
// Changes: mm/mprotect.c 1
@@ @@
- set_pte_at(vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
