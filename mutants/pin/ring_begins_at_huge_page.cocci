// Breaks: a buffer that begins inside a huge page is used from the start of the huge page.
// Seen as: data is transferred to the wrong place.
// Caught by: pin/pieces.part_* pin/pieces.several_thp pin/cloned.both_thp
// Changes: io_uring/rsrc.c 1
@@ @@
io_sqe_buffer_register(...)
{
<...
- off += data.first_folio_page_idx << PAGE_SHIFT;
+ ;
...>
}
