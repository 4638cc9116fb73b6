// Breaks: a transfer into a buffer behind its first piece begins at the piece.
// Seen as: a database reads blocks to the wrong place.
// Caught by: pin/file.cached_* pin/file.direct_*
// Changes: io_uring/rsrc.c 1
@@ identifier iter; expression E; @@
io_import_fixed(...)
{
<...
- iter->iov_offset = offset & E;
+ iter->iov_offset = 0;
...>
}
