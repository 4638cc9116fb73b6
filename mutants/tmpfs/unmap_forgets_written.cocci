// Breaks: a huge mapping of a file that ends forgets that it was written.
// Seen as: what was written through it is lost when the file is pushed out.
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
