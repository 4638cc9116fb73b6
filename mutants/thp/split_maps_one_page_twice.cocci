// Breaks: a split maps one base page in place of the next one.
// Seen as: 4 kB of the wrong data.
// Caught by: thp/split_folio.anonymous thp/race_split.anon
// Noticed by: thp/race_split.anon, kernel log
// Changes: mm/huge_memory.c 3
@@
identifier f =~ "make_.*migration_entry$";
@@
__split_huge_pmd_locked(...)
{
<...
- f(page_to_pfn(page + i))
+ f(page_to_pfn(page + (i == 7 ? 6 : i)))
...>
}
