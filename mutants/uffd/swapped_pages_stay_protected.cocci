// Breaks: removing write protection skips swapped pages.
// Seen as: a program waits for a handler that has unprotected its memory.
// Caught by: uffd/protection_stays.unprotected_base uffd/protection_stays.unprotected_mthp uffd/protection_stays.unprotected_thp uffd/protection_stays.closed_base uffd/protection_stays.closed_mthp uffd/protection_stays.closed_thp
// Noticed by: uffd/protection_stays.unprotected_base, its own check
// Changes: mm/mprotect.c 1
// Guest: --memory 3G --swap 512M
@@ @@
change_pte_range(...)
{
<...
  if (uffd_wp)
	newpte = pte_swp_mkuffd_wp(newpte);
- else if (uffd_wp_resolve)
-	newpte = pte_swp_clear_uffd_wp(newpte);
...>
}
