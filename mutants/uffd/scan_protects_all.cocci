// Breaks: PAGEMAP_SCAN of a part of a huge page write-protects all of it and reports that part.
// Seen as: writes to the rest are never reported.
// Caught by: uffd/scan.part_thp uffd/scan.limited_thp
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
