// Breaks: pages in swap stay protected in a child that has no handler.
// Seen as: a child that waits for ever, or is told of protection that nobody asked for.
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
