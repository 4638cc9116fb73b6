// Breaks: a cloned buffer is gone with the ring that it was cloned from.
// Seen as: the clone reads and writes pages that are somebody else's by now.
// Caught by: pin/cloned.counted pin/cloned.both_*
// Changes: io_uring/rsrc.c 1
@@ expression E; @@
io_clone_buffers(...)
{
<...
- refcount_inc(&E->refs);
...>
}
