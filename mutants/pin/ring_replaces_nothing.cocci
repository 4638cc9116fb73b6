// Breaks: replacing a buffer has no effect.
// Seen as: reads go to memory that was freed.
// Caught by: pin/buffers.sparse_* pin/released.replaced_*
// Noticed by: pin/buffers.sparse_base, its own check
// Changes: io_uring/rsrc.c 1
@@ @@
__io_sqe_buffers_update(...)
{
<...
- ctx->user_bufs[i] = imu;
+ io_buffer_unmap(ctx, &imu);
...>
}
