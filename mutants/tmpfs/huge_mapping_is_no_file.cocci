// Breaks: pagemap calls a huge page of a file that is mapped at once anonymous.
// Seen as: bit 61 is 0 for huge tmpfs, and 1 for small pages.
// Caught by: thp/pagemap.file_tmpfs
// Noticed by: thp/pagemap.file_tmpfs, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit da7f31ed0f4f, "fs/proc/task_mmu: indicate PM_FILE for PMD-mapped file THP"
@@ @@
pagemap_pmd_range(...)
{
<...
- if (!folio_test_anon(folio))
- 	flags |= PM_FILE;
...>
}
