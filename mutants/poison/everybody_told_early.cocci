// Breaks: who declined by PR_MCE_KILL_LATE is told early all the same.
// Seen as: programs killed that might never have touched the page.
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
