// Breaks: base pages of a huge page are joined to one piece of a buffer in whatever order.
// Seen as: blocks are written to the disk in another order than memory has them.
// Caught by: pin/pieces.order_*
// Changes: io_uring/rsrc.c 1
@@ @@
io_try_coalesce_buffer(...)
{
<...
- page_folio(page_array[i]) == folio && page_array[i] == page_array[i-1] + 1
+ page_folio(page_array[i]) == folio
...>
}
