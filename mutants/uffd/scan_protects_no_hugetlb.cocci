// Breaks: PAGEMAP_SCAN with PM_SCAN_WP_MATCHING protects no hugetlb page.
// Seen as: each scan reports the same pages again.
// Caught by: uffd/scan.*_hugetlb
// Noticed by: uffd/scan.written_hugetlb, its own check
// Changes: fs/proc/task_mmu.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
make_uffd_wp_huge_pte(...)
{
<...
- new_pte = huge_pte_mkuffd_wp(old_pte);
+ new_pte = old_pte;
...>
}
