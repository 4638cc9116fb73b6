// Breaks: mprotect removes the uffd write protection.
// Seen as: a snapshot misses what is written after an mprotect.
// Caught by: uffd/protection_stays.mprotected_base uffd/protection_stays.mprotected_mthp uffd/protection_stays.mprotected_thp uffd/protection_stays.mprotected_tmpfs
// Noticed by: uffd/protection_stays.mprotected_base, its own check
// Changes: mm/mprotect.c 1
@@ expression E; @@
change_pte_range(...)
{
<...
  ptent = pte_modify(E, newprot);
  if (uffd_wp)
	ptent = pte_mkuffd_wp(ptent);
- else if (uffd_wp_resolve)
+ else
	ptent = pte_clear_uffd_wp(ptent);
...>
}
