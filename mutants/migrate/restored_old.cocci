// Breaks: a huge page is mapped without the accessed bit after migration.
// Seen as: the page is reclaimed although it is in use.
// Caught by: migrate/kept_bits.young
// Noticed by: migrate/kept_bits.young, its own check
// Changes: mm/huge_memory.c 1
@@ @@
remove_migration_pmd(...)
{
<...
- if (!is_migration_entry_young(entry))
+ if (1)
	pmde = pmd_mkold(pmde);
...>
}
