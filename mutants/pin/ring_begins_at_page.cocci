// Breaks: a buffer that begins within a page is taken to begin with it.
// Seen as: what is read stands before the place that was asked for.
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
