// Breaks: PAGEMAP_SCAN does not report huge pages as such.
// Seen as: a search for memory to collapse finds all of it.
// Caught by: thp/scan.tells_thp thp/scan.tells_tmpfs thp/scan.limited_tmpfs
// Noticed by: thp/scan.tells_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_thp_category(...)
{
- unsigned long categories = PAGE_IS_HUGE;
+ unsigned long categories = 0;
...
}
