// Breaks: a ring that finds no memory for a buffer fails with EIO.
// Seen as: a program that is short of memory takes the error for a broken disk, and gives up.
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
