// Breaks: pagemap says of all pages of a huge page what is true for the first.
// Seen as: bit 56 is wrong for parts that a child maps too.
// Caught by: thp/pagemap.exclusive_*
// Noticed by: thp/pagemap.exclusive_part_of_child, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit 2c1f057e5be6, "fs/proc/task_mmu: properly detect PM_MMAP_EXCLUSIVE per page of
//   PMD-mapped THPs"
@@ @@
pagemap_pmd_range(...)
{
<...
- folio_precise_page_mapcount(folio, page + idx)
+ folio_precise_page_mapcount(folio, page)
...>
}
