// Breaks: only the first segment of a buffer is used, repeatedly.
// Seen as: large reads overwrite their own beginning.
// Caught by: pin/buffers.across_* pin/file.cached_base pin/file.direct_base
// Noticed by: pin/buffers.across_base, its own check
// Changes: io_uring/rsrc.c 1
@@ expression A, B, C; @@
io_sqe_buffer_register(...)
{
<...
- bvec_set_page(A, pages[i], B, C);
+ bvec_set_page(A, pages[0], B, C);
...>
}
