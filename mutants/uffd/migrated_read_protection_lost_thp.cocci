// Breaks: THPs under UFFDIO_RWPROTECT can be accessed after migration.
// Seen as: a protected huge page is read without the handler.
// Caught by: uffd/rw_protection_stays.migrated_whole
// Guest: --nodes 2
// Since: 7.3
// Changes: mm/huge_memory.c 1
@@ @@
remove_migration_pmd(...)
{
<...
- pmd_swp_uffd(*pvmw->pmd) && userfaultfd_rwp(vma)
+ 0
...>
}
