// Breaks: truncation and hole punching zero one word too many before the removed part.
// Seen as: a word of data is lost.
// Caught by: tmpfs/cut.cut_in_page_* tmpfs/cut.punch_bytes_*
// Noticed by: tmpfs/cut.cut_in_page_anon, its own check
// Changes: mm/truncate.c 1
@@ @@
truncate_inode_partial_folio(...)
{
<...
- folio_zero_range(folio, offset, length);
+ folio_zero_range(folio, offset < 8 ? 0 : offset - 8, length);
...>
}
