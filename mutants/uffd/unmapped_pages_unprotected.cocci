// Breaks: a page of a file that is not mapped is not protected when a handler protects it.
// Seen as: a snapshot misses what is written to pages that were not mapped when it began.
// Caught by: uffd/protection_stays.protected_tmpfs
// Noticed by: uffd/protection_stays.protected_tmpfs, its own check
// Changes: mm/mprotect.c 1
// Guest: --memory 3G --swap 512M
@@ @@
change_pte_range(...)
{
<...
- set_pte_at(vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
...>
}
