// Breaks: fork leaves migration entries of base pages writable.
// Seen as: occasionally a child sees what its parent writes.
// Caught by: migrate/race_fork.anon_pte_mapped
// Noticed by: migrate/race_fork.anon_pte_mapped, kernel log
// Changes: mm/memory.c 1
@@ @@
copy_nonpresent_pte(...)
{
<...
- if (!is_readable_migration_entry(entry) && is_cow_mapping(vm_flags)) {
+ if (0) {
...
}
...>
}
