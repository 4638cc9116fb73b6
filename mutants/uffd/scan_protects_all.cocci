// Breaks: a scan of a part of a huge page protects all of it and reports that part.
// Seen as: what was written to the rest is never found: lost in every snapshot.
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
