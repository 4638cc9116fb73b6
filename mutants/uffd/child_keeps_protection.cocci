// Breaks: base pages stay write-protected in a child without a handler.
// Seen as: a child waits for ever, or reports unexpected write protection.
// Caught by: uffd/protection_stays.forked_untold_base uffd/protection_stays.forked_untold_mthp uffd/protection_stays.forked_untold_thp uffd/protection_stays.forked_untold_tmpfs
// Noticed by: uffd/protection_stays.forked_untold_base, its own check
// Changes: mm/memory.c 1
@@ @@
__copy_present_ptes(...)
{
<...
- if (!userfaultfd_wp(dst_vma))
+ if (0)
  pte = pte_clear_uffd_wp(pte);
...>
}
