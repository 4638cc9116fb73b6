// Breaks: a huge page that moved is not the process's own any more.
// Seen as: every first write behind a move copies.
// Caught by: migrate/kept_bits.exclusive
// Changes: mm/huge_memory.c 2
@@ @@
remove_migration_pmd(...)
{
<...
(
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
