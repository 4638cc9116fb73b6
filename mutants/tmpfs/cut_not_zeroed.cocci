// Breaks: truncation and hole punching do not zero the part of a base page that they remove.
// Seen as: old data is read when the file grows again.
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
