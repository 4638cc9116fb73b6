// Breaks: a memory error in the kernel's pages panics without panic_on_unrecoverable_memory_failure.
// Seen as: the machine stops.
// Caught by: poison/panic_setting.not_set
// Since: 7.3
// Changes: mm/memory-failure.c 1
@@ @@
panic_on_unrecoverable_mf(...)
{
<...
- !sysctl_panic_on_unrecoverable_mf
+ 0
...>
}
