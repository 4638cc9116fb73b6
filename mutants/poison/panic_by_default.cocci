// Breaks: panic_on_unrecoverable_memory_failure is 1 at boot.
// Seen as: machines panic that nobody has set up for it.
// Caught by: poison/panic_setting.values
// Since: 7.3
// Changes: mm/memory-failure.c 1
@@ @@
memory_failure_init(...)
{
...
+ sysctl_panic_on_unrecoverable_mf = 1;
  return 0;
}
