// Breaks: a cut or a hole within a huge page does not zero what is cut off of a base page.
// Seen as: old data comes back when the file grows.
// Caught by: tmpfs/cut.cut_in_page_* tmpfs/cut.punch_bytes_*
// Noticed by: tmpfs/cut.cut_in_page_anon, its own check
// Changes: mm/truncate.c 1
@@ @@
truncate_inode_partial_folio(...)
{
<...
- folio_zero_range(folio, offset, length);
+ ;
...>
}
