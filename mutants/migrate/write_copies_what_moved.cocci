// Breaks: a migrated huge page is not mapped as exclusive.
// Seen as: the first write after migration copies the page, and the old one leaks.
// Caught by: migrate/kept_bits.exclusive
// Noticed by: migrate/kept_bits.exclusive, its own check
// Changes: mm/huge_memory.c 3
@@ @@
remove_migration_pmd(...)
{
<...
(
- folio_get(folio);
+ folio_ref_add(folio, 2);
|
- if (is_writable_migration_entry(entry))
+ if (0)
	pmde = pmd_mkwrite(pmde, vma);
|
- if (!is_readable_migration_entry(entry))
+ if (0)
	rmap_flags |= RMAP_EXCLUSIVE;
)
...>
}
