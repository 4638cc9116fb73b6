// Breaks: splice goes on behind a huge page, to whatever is there in memory.
// Seen as: sendfile sends memory of others.
// Caught by: tmpfs/copy.parts_splice tmpfs/copy.parts_sendfile
// Changes: mm/filemap.c 1
@@ @@
splice_folio_into_pipe(...)
{
<...
- size = min(size, folio_size(folio) - offset);
...>
}
