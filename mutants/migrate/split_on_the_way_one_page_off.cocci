// Breaks: the split of a PMD migration entry makes entries for the next base pages each.
// Seen as: a fault waits for ever, or the wrong page is mapped.
// Caught by: migrate/race_split.anon_mapping migrate/race_fork.anon
// Noticed by: migrate/race_fork.anon, kernel log
// History: entries that all named the first base page changed nothing: the kernel takes the
//   place from the address, and not from the entry. An entry that is one off is what a race
//   finds.
// Changes: mm/huge_memory.c 3
@@
identifier f =~ "make_.*migration_entry$";
@@
__split_huge_pmd_locked(...)
{
<...
- f(page_to_pfn(page + i))
+ f(page_to_pfn(page + i + pmd_migration))
...>
}
