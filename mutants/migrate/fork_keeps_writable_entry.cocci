// Breaks: fork leaves the PMD migration entry of the parent writable.
// Seen as: occasionally a child sees what its parent writes.
// Caught by: migrate/race_fork.anon
// Noticed by: migrate/race_fork.anon, kernel log
// Changes: mm/huge_memory.c 1
@@ @@
copy_huge_pmd(...)
{
<...
- if (!is_readable_migration_entry(entry)) {
+ if (0) {
...
}
...>
}
