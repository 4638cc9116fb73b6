// Breaks: the main thread gets the signal instead of the thread with PR_MCE_KILL_EARLY.
// Seen as: the thread that handles memory errors is not notified.
// Caught by: poison/early_kill.thread
// Noticed by: poison/early_kill.thread, its own check
// Changes: mm/memory-failure.c 1
@@ @@
find_early_kill_thread(...)
{
<...
if (t->flags & PF_MCE_EARLY)
- return t;
+ return tsk;
...>
}
