// Breaks: registering a buffer that fails to allocate memory returns EIO instead of ENOMEM.
// Seen as: the wrong errno.
// Caught by: sweep/create.pins_*
// Noticed by: sweep/create.pins_private, its own check
// Changes: io_uring/rsrc.c 1
@@ @@
io_sqe_buffer_register(...)
{
<...
- ret = -ENOMEM;
+ ret = -EIO;
...>
}
