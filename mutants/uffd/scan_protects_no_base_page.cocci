// Breaks: PAGEMAP_SCAN with PM_SCAN_WP_MATCHING protects no base page.
// Seen as: each scan reports the same pages again.
// Caught by: thp/scan.written_base thp/scan.written_mthp thp/scan.written_part_base thp/scan.written_part_mthp thp/scan.written_part_thp thp/scan.written_part_tmpfs uffd/scan.*_base uffd/scan.*_mthp uffd/scan.dropped_tmpfs uffd/scan.limited_tmpfs uffd/scan.migrated_tmpfs uffd/scan.part_tmpfs uffd/scan.swapped_tmpfs uffd/scan.written_tmpfs
// Noticed by: thp/scan.written_base, its own check
// Changes: fs/proc/task_mmu.c 1
// Guest: --nodes 2 --memory 3G --swap 512M
@@ @@
make_uffd_wp_pte(...)
{
<...
- ptent = pte_mkuffd_wp(old_pte);
+ ptent = old_pte;
...>
}
