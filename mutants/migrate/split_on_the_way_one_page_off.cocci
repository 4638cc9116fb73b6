// Breaks: a split of a mapping whose page is on its way makes entries for the next base page each.
// Seen as: the last base page is waited for for ever, or another page's is taken.
// Caught by: migrate/race_split.anon_mapping migrate/race_fork.anon
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
