// Breaks: a buffer that begins inside a page is used from the start of the page.
// Seen as: data is transferred to the wrong place.
// Caught by: pin/buffers.many_*
// Noticed by: pin/buffers.many_base, its own check
// Changes: io_uring/rsrc.c 1
@@ expression E; @@
io_sqe_buffer_register(...)
{
<...
- off = (unsigned long)E & ~PAGE_MASK;
+ off = 0;
...>
}
