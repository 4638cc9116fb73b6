// Breaks: PAGEMAP_SCAN reports missing pages as present.
// Seen as: a checkpoint contains the zeros of holes.
// Caught by: thp/scan.hole_*
// Noticed by: thp/scan.hole_base, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_page_category(...)
{
<...
- return PAGE_IS_WRITTEN;
+ return PAGE_IS_WRITTEN | PAGE_IS_PRESENT;
...>
}
