// Breaks: splice out of a huge page begins with its first base page.
// Seen as: sendfile sends other bytes of the file.
// Caught by: tmpfs/copy.parts_splice tmpfs/copy.parts_sendfile
// Noticed by: tmpfs/copy.parts_splice, its own check
// Changes: mm/filemap.c 1
@@ @@
splice_folio_into_pipe(...)
{
<...
- page = folio_page(folio, offset / PAGE_SIZE);
+ page = folio_page(folio, offset / PAGE_SIZE / 64);
...>
}
