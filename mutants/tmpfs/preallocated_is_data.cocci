// Breaks: SEEK_DATA finds pages that fallocate allocated and nobody wrote.
// Seen as: copies of sparse files grow.
// Caught by: tmpfs/seek.preallocated_*
// Noticed by: tmpfs/seek.preallocated_anon, its own check
// Changes: mm/filemap.c 1
@@ @@
folio_seek_hole_data(...)
{
<...
- xa_is_value(folio) || folio_test_uptodate(folio)
+ xa_is_value(folio) || !folio_test_hugetlb(folio)
...>
}
