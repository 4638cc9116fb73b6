// Breaks: queues where nothing is mapped are refused with EINVAL.
// Seen as: the wrong errno of io_uring_setup.
// Caught by: pin/ring_memory.no_memory_there_*
// Noticed by: pin/ring_memory.no_memory_there_thp, its own check
// Changes: io_uring/memmap.c 1
@@ @@
io_pin_pages(...)
{
<...
- return ERR_PTR(ret);
+ return ERR_PTR(-EINVAL);
...>
}
