// Breaks: a write-protected file page leaves no marker when it is unmapped for reclaim.
// Seen as: a snapshot misses what is written after the page came back.
// Caught by: uffd/protection_stays.swapped_tmpfs
// Noticed by: uffd/protection_stays.swapped_tmpfs, its own check
// Changes: mm/rmap.c 1
// Guest: --memory 3G --swap 512M
@@ @@
try_to_unmap_one(...)
{
<...
- pte_install_uffd_wp_if_needed(vma, address, pvmw.pte, pteval);
...>
}
