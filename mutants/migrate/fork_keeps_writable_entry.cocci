// Breaks: a fork that meets a huge page on its way leaves the parent's entry writable.
// Seen as: a child sees what its parent writes, at times.
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
