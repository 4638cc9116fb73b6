// Breaks: base pages of a huge page are joined to one segment of a buffer even if they are not in order.
// Seen as: data is transferred in the wrong order.
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
