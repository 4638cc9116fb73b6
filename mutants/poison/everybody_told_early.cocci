// Breaks: processes with PR_MCE_KILL_LATE are treated as early kill.
// Seen as: processes that asked for late kill get a signal.
// Caught by: poison/early_kill.declined
// Noticed by: poison/early_kill.declined, its own check
// Changes: mm/memory-failure.c 1
@@ @@
find_early_kill_thread(...)
{
<...
- if (t->flags & PF_MCE_EARLY)
+ if (true)
 return t;
...>
}
