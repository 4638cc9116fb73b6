// Breaks: swapped pages stay write-protected in a child without a handler.
// Seen as: a child waits for ever, or reports unexpected write protection.
// Caught by: uffd/protection_stays.forked_swapped_*
// Changes: mm/memory.c 1
// Guest: --memory 3G --swap 512M
@@ @@
copy_nonpresent_pte(...)
{
<...
- if (!userfaultfd_wp(dst_vma))
+ if (0)
  pte = pte_swp_clear_uffd_wp(pte);
...>
}
