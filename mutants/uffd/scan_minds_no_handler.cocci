// Breaks: PM_SCAN_CHECK_WPASYNC does not fail without asynchronous write protection.
// Seen as: PM_SCAN_CHECK_WPASYNC succeeds instead of failing with EPERM.
// Caught by: uffd/scan.not_async
// Noticed by: uffd/scan.not_async, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_scan_test_walk(...)
{
<...
- if (p->arg.flags & PM_SCAN_CHECK_WPASYNC)
-	return -EPERM;
...>
}
