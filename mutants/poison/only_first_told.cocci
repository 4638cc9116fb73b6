// Breaks: only the first of several processes that map a poisoned page gets a signal.
// Seen as: a process uses lost memory.
// Caught by: poison/hugetlb_shared.at_once poison/early_kill.many pmdshare/poisoned.reaches_all
// Noticed by: pmdshare/poisoned.reaches_all, its own check
// Changes: mm/memory-failure.c 1
@@ @@
kill_procs(...)
{
<...
put_task_struct(tk->tsk);
kfree(tk);
+ break;
...>
}
