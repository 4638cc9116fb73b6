// Breaks: PAGEMAP_SCAN of a part write-protects the whole huge page.
// Seen as: writes outside of the part are never reported.
// Caught by: hugetlb/scan.written_private hugetlb/scan.written_shared
// Noticed by: hugetlb/scan.written_private, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_scan_hugetlb_entry(...)
{
<...
- if (end != start + huge_page_size(hstate_vma(vma)))
+ if (0)
  { ... }
...>
}
