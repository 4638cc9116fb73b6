// Breaks: every process is treated as early kill.
// Seen as: processes that never access the page get a signal.
// Caught by: poison/early_kill.by_default poison/early_kill.declined poison/hugetlb_shared.at_access
// Noticed by: poison/early_kill.by_default, its own check
// Changes: mm/memory-failure.c 1
@@ @@
find_early_kill_thread(...)
{
...
- return NULL;
+ return tsk;
}
