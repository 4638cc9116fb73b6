// Breaks: a ring unpins all but the first segment of a buffer.
// Seen as: memory that was registered cannot be migrated, and huge pages leak.
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
