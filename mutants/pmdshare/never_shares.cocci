// Breaks: page tables are never shared.
// Seen as: each process has page tables of its own.
// Caught by: pmdshare/one_table.forked pmdshare/one_table.mapped_apart pmdshare/one_table.mapped_twice pmdshare/one_table.counted_once pmdshare/one_table.written_by_one
// Noticed by: pmdshare/one_table.forked, its own check
// Changes: mm/hugetlb.c 1
@@ @@
huge_pmd_share(...)
{
<...
- saddr = page_table_shareable(...);
+ saddr = 0;
...>
}
