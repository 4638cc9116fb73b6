// Breaks: a transfer may reach one byte beyond the registered buffer.
// Seen as: memory next to the buffer is overwritten.
// Caught by: pin/buffers.beyond_*
// Noticed by: pin/buffers.beyond_base, its own check
// Changes: io_uring/rsrc.c 1
@@ identifier imu; @@
io_import_fixed(...)
{
<...
- buf_end > (imu->ubuf + imu->len)
+ buf_end > (imu->ubuf + imu->len + 1)
...>
}
