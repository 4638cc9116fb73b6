// Breaks: reclaim loses the dirty bit of a page that it unmaps.
// Seen as: data written to a file or after MADV_FREE is lost.
// Caught by: thp/lazy_free.rewritten_base thp/lazy_free.rewritten_mthp
// Noticed by: thp/lazy_free.rewritten_base, its own check
// Changes: mm/rmap.c 1
@@ @@
try_to_unmap_one(...)
{
<...
  if (should_defer_flush(mm, flags)) { ... } else { ... }
- if (pte_dirty(pteval))
-	folio_mark_dirty(folio);
...>
}
