// Breaks: a ring's queues are in the page behind the one that the program named.
// Seen as: completions never arrive where the program looks for them.
// Caught by: pin/ring_memory.used_* pin/ring_memory.forked_* pin/ring_memory.unmapped_*
// Noticed by: pin/ring_memory.used_thp, its own check
// Changes: io_uring/memmap.c 1
@@ @@
io_pin_pages(...)
{
<...
- pin_user_pages_fast(uaddr, nr_pages,
+ pin_user_pages_fast(uaddr + PAGE_SIZE, nr_pages,
	...)
...>
}
