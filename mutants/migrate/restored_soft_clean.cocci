// Breaks: a huge page loses its soft-dirty bit during migration.
// Seen as: a checkpoint misses what was written.
// Caught by: migrate/kept_bits.soft_dirty
// Noticed by: migrate/kept_bits.soft_dirty, its own check
// Changes: mm/huge_memory.c 2
@@ @@
remove_migration_pmd(...)
{
<...
- if (pmd_swp_soft_dirty(*pvmw->pmd))
+ if (0)
	pmde = pmd_mksoft_dirty(pmde);
...
- if (folio_test_dirty(folio) && is_migration_entry_dirty(entry))
+ if (0)
	pmde = pmd_mkdirty(pmde);
...>
}
