// Breaks: robust futexes of a dead owner are marked, but their waiters are not woken.
// Seen as: processes hang on a lock whose owner was killed.
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
