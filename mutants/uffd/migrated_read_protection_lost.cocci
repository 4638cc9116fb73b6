// Breaks: pages under UFFDIO_RWPROTECT can be accessed after migration.
// Seen as: a protected page is read without the handler.
// Caught by: uffd/rw_protection_stays.migrated_base uffd/rw_protection_stays.migrated_mthp uffd/rw_protection_stays.migrated_hugetlb uffd/rw_protection_stays.split_mthp uffd/rw_protection_stays.split_whole
// Guest: --nodes 2
// Since: 7.3
// Changes: mm/migrate.c 1
@@ @@
remove_migration_pte(...)
{
<...
- pte_swp_uffd(old_pte) && userfaultfd_rwp(vma)
+ 0
...>
}
