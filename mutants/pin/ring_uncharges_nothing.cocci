// Breaks: unregistering a buffer does not uncharge it.
// Seen as: a user who registers buffers repeatedly runs into the limit.
// Caught by: pin/memlock.base_pages pin/memlock.few_bytes_* pin/counted_once.*
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
