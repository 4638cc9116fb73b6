// Breaks: only the first of several processes that map a poisoned page is signalled.
// Seen as: a database continues with lost memory, and fails later.
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
