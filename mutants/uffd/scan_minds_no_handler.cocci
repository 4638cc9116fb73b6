// Breaks: a scan that is to fail where writes wait for a handler does not.
// Seen as: who asked for what was written is told that nothing was.
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
