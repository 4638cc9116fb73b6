// Breaks: numa_maps counts a PMD-mapped huge page as one base page.
// Seen as: numa_maps counts too few pages.
// Caught by: migrate/node_counts.of_a_mapping_thp migrate/node_counts.of_a_mapping_tmpfs
// Noticed by: migrate/node_counts.of_a_mapping_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
gather_pte_stats(...)
{
<...
- HPAGE_PMD_SIZE/PAGE_SIZE
+ 1
...>
}
