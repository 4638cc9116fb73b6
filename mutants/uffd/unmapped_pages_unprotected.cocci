// Breaks: write-protecting skips file pages that are not mapped.
// Seen as: a snapshot misses what is written to pages that were not mapped before.
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
