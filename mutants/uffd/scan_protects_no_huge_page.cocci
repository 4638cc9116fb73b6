// Breaks: PAGEMAP_SCAN with PM_SCAN_WP_MATCHING protects no huge page.
// Seen as: each scan reports the same pages again.
// Caught by: thp/scan.written_thp thp/scan.written_tmpfs uffd/scan.swapped_thp uffd/scan.migrated_thp uffd/scan.written_thp uffd/scan.whole_tmpfs
// Noticed by: thp/scan.written_thp, its own check
// Changes: fs/proc/task_mmu.c 1
// Guest: --nodes 2 --memory 3G --swap 512M
@@ @@
make_uffd_wp_pmd(...)
{
<...
- pmd = pmd_mkuffd_wp(old);
+ pmd = old;
...>
}
