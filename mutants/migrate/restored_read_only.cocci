// Breaks: a huge page is mapped read-only after migration.
// Seen as: every first write after a migration takes a fault.
// Caught by: migrate/kept_bits.writable
// Noticed by: migrate/kept_bits.writable, its own check
// Changes: mm/huge_memory.c 1
@@ @@
remove_migration_pmd(...)
{
<...
- if (is_writable_migration_entry(entry))
+ if (0)
	pmde = pmd_mkwrite(pmde, vma);
...>
}
