// Breaks: a huge page is mapped writable after migration, even if it was read-only or shared.
// Seen as: a write of the child is visible in its parent.
// Caught by: migrate/kept_bits.still_shared migrate/kept_bits.read_only
// Noticed by: migrate/kept_bits.read_only, its own check
// Changes: mm/huge_memory.c 2
@@ @@
remove_migration_pmd(...)
{
<...
(
- if (is_writable_migration_entry(entry))
-	pmde = pmd_mkwrite(pmde, vma);
+ pmde = pmd_mkwrite_novma(pmde);
|
- if (!is_readable_migration_entry(entry))
+ if (1)
	rmap_flags |= RMAP_EXCLUSIVE;
)
...>
}
