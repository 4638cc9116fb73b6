// Breaks: a split of a mapping whose page is on its way makes every entry point to the first base page.
// Seen as: the first base page's bytes are read everywhere, at times.
// Caught by: migrate/race_split.anon_pte_mapped
// Changes: mm/huge_memory.c 3
@@
identifier f =~ "make_.*migration_entry$";
expression e;
@@
__split_huge_pmd_locked(...)
{
<...
- f(page_to_pfn(page + i))
+ f(page_to_pfn(pmd_migration ? page : page + i))
...>
}
