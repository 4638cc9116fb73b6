// Breaks: a huge page loses its dirty bit during migration.
// Seen as: what was written after MADV_FREE is lost.
// Caught by: migrate/kept_bits.dirty
// Noticed by: migrate/kept_bits.dirty, its own check
// Changes: mm/huge_memory.c 2
@@ @@
set_pmd_migration_entry(...)
{
<...
- if (pmd_dirty(pmdval))
+ if (0)
	folio_mark_dirty(folio);
...
- if (pmd_dirty(pmdval))
+ if (0)
	entry = make_migration_entry_dirty(entry);
...>
}
