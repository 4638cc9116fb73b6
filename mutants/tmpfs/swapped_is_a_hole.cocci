// Breaks: SEEK_DATA skips swapped-out pages.
// Seen as: copies lose data.
// Caught by: tmpfs/seek.swapped_*
// Noticed by: tmpfs/seek.swapped_anon, its own check
// Guest: --swap 256M
// Changes: mm/filemap.c 1
@@ @@
folio_seek_hole_data(...)
{
...
+ if (xa_is_value(folio)) return seek_data ? end : start;
  if (xa_is_value(folio) || folio_test_uptodate(folio))
  return seek_data ? start : end;
  ...
}
