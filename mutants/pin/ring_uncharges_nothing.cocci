// Breaks: what a buffer was charged for stays charged when it goes.
// Seen as: a user who registers and unregisters again and again is refused at last.
// Caught by: pin/memlock.base_pages pin/memlock.few_bytes_*
// Noticed by: pin/memlock.base_pages, its own check
// Changes: io_uring/rsrc.c 1
@@ @@
io_buffer_unmap(...)
{
<...
- io_unaccount_mem(...);
+ ;
...>
}
