// Breaks: the removal of a PMD mapping of a file loses the dirty bit.
// Seen as: written data is lost when the page is reclaimed.
// Caught by: tmpfs/written.kept_munmap tmpfs/written.kept_dontneed
// Noticed by: tmpfs/written.kept_munmap, its own check
// Changes: mm/huge_memory.c 1
@@ @@
zap_huge_pmd(...)
{
<...
- if (pmd_present(orig_pmd) && pmd_dirty(orig_pmd))
-	folio_mark_dirty(folio);
...>
}
