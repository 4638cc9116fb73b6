// Breaks: splice out of a huge page begins at its first base page.
// Seen as: the wrong bytes of the file are sent.
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
