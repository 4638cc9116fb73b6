// Breaks: PAGEMAP_SCAN tells that a page is there where none is.
// Seen as: a checkpoint is full of holes' zeros.
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
