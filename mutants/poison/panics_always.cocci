// Breaks: any memory error panics with panic_on_unrecoverable_memory_failure.
// Seen as: the machine stops although the page is a process's.
// Caught by: poison/panic_setting.recovered_* poison/panic_setting.free_page
// Since: 7.3
// Changes: mm/memory-failure.c 1
@@ @@
panic_on_unrecoverable_mf(...)
{
<...
- return type == MF_MSG_KERNEL && result == MF_IGNORED;
+ return true;
...>
}
