// Breaks: the split of a PMD mapping of a file loses the dirty bit.
// Seen as: written data is lost when the page is reclaimed.
// Caught by: tmpfs/written.kept_protect_part tmpfs/written.kept_munmap_part
// Noticed by: tmpfs/written.kept_protect_part, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- if (!folio_test_dirty(folio) && pmd_dirty(old_pmd))
-	folio_mark_dirty(folio);
...>
}
