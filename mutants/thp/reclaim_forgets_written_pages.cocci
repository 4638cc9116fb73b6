// Breaks: reclaim forgets that a page was written when it unmaps it.
// Seen as: what was written since the page came from the file or since MADV_FREE is lost.
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
