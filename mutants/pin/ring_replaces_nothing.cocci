// Breaks: replacing a buffer has no effect.
// Seen as: data is transferred to the old buffer.
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
