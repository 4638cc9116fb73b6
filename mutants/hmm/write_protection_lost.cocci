// Breaks: userfaultfd write protection is lost during migration to a device.
// Seen as: a write to a protected page is not reported to the handler.
// Caught by: hmm/userfaultfd.write_protected_*
// Noticed by: hmm/userfaultfd.write_protected_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_collect_pmd(...)
{
<...
- if (pte_uffd_wp(pte)) swp_pte = pte_swp_mkuffd_wp(swp_pte);
...>
}
