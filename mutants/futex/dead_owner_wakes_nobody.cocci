// Breaks: the locks of a dead owner are marked, and nobody who waits for them is woken.
// Seen as: processes hang in a lock whose owner was killed.
// Caught by: futex/robust.thread_* futex/robust.process_*
// Changes: kernel/futex/core.c 1
@@ @@
handle_futex_death(...)
{
<...
- if (!pi && (uval & FUTEX_WAITERS))
+ if (0)
  { ... }
...>
}
