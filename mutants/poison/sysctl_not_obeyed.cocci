// Breaks: vm.memory_failure_early_kill has no effect.
// Seen as: processes get no early signal.
// Caught by: poison/early_kill.by_sysctl
// Noticed by: poison/early_kill.by_sysctl, its own check
// Changes: mm/memory-failure.c 1
@@ @@
find_early_kill_thread(...)
{
<...
- if (sysctl_memory_failure_early_kill)
+ if (false)
 return t;
...>
}
