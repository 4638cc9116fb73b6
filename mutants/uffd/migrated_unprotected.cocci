// Breaks: a base page loses its write protection during migration.
// Seen as: writes are not reported to the handler after compaction.
// Caught by: uffd/protection_stays.migrated_base uffd/protection_stays.migrated_tmpfs uffd/protection_stays.migrated_thp uffd/scan.migrated_base
// Changes: mm/migrate.c 2
// Guest: --nodes 2 --memory 3G
@@ @@
remove_migration_pte(...)
{
<...
- pte_swp_uffd_wp(old_pte)
+ 0
...>
}
