// Breaks: PAGEMAP_SCAN ignores max_pages.
// Seen as: it reports too many pages.
// Caught by: thp/scan.limited_thp thp/scan.limited_* uffd/scan.limited_*
// Noticed by: thp/scan.limited_base, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_scan_output(...)
{
<...
- *end -= n_too_much * PAGE_SIZE;
...>
}
