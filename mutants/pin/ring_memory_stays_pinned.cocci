// Breaks: memory that a program gave to a ring for its queues stays pinned when the ring is closed.
// Seen as: huge pages are never freed.
// Caught by: pin/ring_memory.unmapped_shared
// Noticed by: pin/ring_memory.unmapped_shared, its own check
// Changes: io_uring/memmap.c 1
@@ @@
io_pages_free(...)
{
<...
- unpin_user_pages(page_array, npages);
...>
}
