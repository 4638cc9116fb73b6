// Breaks: a huge page that moved is mapped read-only, and has one user too many.
// Seen as: every first write behind a move copies, and the page that moved leaks.
// Caught by: migrate/kept_bits.exclusive
// Changes: mm/huge_memory.c 2
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
)
...>
}
