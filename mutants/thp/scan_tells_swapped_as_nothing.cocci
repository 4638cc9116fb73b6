// Breaks: PAGEMAP_SCAN does not report swapped pages.
// Seen as: a checkpoint misses what was in swap.
// Caught by: thp/scan.swapped_*
// Noticed by: thp/scan.swapped_base, its own check
// Changes: fs/proc/task_mmu.c 1
// Guest: --memory 3G --swap 512M
@@ @@
pagemap_page_category(...)
{
<...
- categories |= PAGE_IS_SWAPPED;
...>
}
