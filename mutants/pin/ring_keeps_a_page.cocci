// Breaks: a ring lets go of all but the first piece of a buffer.
// Seen as: memory that was once registered never moves again, and huge pages are lost.
// Caught by: pin/released.unregistered_* pin/released.replaced_* pin/released.closed_* pin/released.killed pin/gone.counted_*
// Noticed by: pin/gone.counted_shared, its own check
// Changes: io_uring/rsrc.c 1
@@ identifier i; @@
io_buffer_unmap(...)
{
<...
- for (i = 0;
+ for (i = 1;
  ...; ...) { ... }
...>
}
