// Breaks: swapoff does not restore the write protection of userfaultfd.
// Seen as: writes to protected memory are not reported once swapping has been disabled.
// Caught by: thp/swapoff.write_protected_base thp/swapoff.write_protected_*
// Noticed by: thp/swapoff.write_protected_base, its own check
// Changes: mm/swapfile.c 1
// History: commit 14a762dd1977, "mm/swapfile: fix lost swap bits in unuse_pte()"
@@ @@
unuse_pte(...)
{
<...
- if (pte_swp_uffd_wp(old_pte))
-	new_pte = pte_mkuffd_wp(new_pte);
...>
}
