// Breaks: mprotect removes the uffd write protection of hugetlb pages.
// Seen as: a snapshot misses what is written after an mprotect.
// Caught by: uffd/protection_stays.mprotected_hugetlb
// Noticed by: uffd/protection_stays.mprotected_hugetlb, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_change_protection(...)
{
<...
  if (uffd_wp)
	pte = huge_pte_mkuffd_wp(pte);
- else if (uffd_wp_resolve)
+ else
	pte = huge_pte_clear_uffd_wp(pte);
...>
}
