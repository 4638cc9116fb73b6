// Breaks: PAGEMAP_SCAN of a part write-protects the whole huge page.
// Seen as: writes outside of the part are not reported by the next scan.
// Caught by: thp/scan.written_part_thp
// Noticed by: thp/scan.written_part_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_scan_thp_entry(...)
{
<...
- if (end != start + HPAGE_SIZE)
+ if (0)
  { ... }
...>
}
