// Breaks: every process is told of an error at once, whoever asked for it.
// Seen as: programs are killed that might never have touched the page.
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
