// Breaks: pagemap calls anonymous pages pages of files.
// Seen as: bit 61 is 1 for all.
// Caught by: thp/pagemap.file_base thp/pagemap.file_hugetlb thp/pagemap.file_mthp
//   thp/pagemap.file_thp
// Noticed by: thp/pagemap.file_base, its own check
// Changes: fs/proc/task_mmu.c 3
@@ @@
pte_to_pagemap_entry(...)
{
<...
- if (!folio_test_anon(folio))
 flags |= PM_FILE;
...>
}
@@ @@
pagemap_pmd_range(...)
{
<...
- if (!folio_test_anon(folio))
 flags |= PM_FILE;
...>
}
@@ @@
pagemap_hugetlb_range(...)
{
<...
- if (!folio_test_anon(folio))
 flags |= PM_FILE;
...>
}
