// Breaks: a cloned buffer is unpinned with the ring that it was cloned from.
// Seen as: the clone accesses freed pages.
// Caught by: pin/cloned.counted pin/cloned.both_*
// Changes: io_uring/rsrc.c 1
@@ expression E; @@
io_clone_buffers(...)
{
<...
- refcount_inc(&E->refs);
...>
}
