// Breaks: numa_maps counts the base pages of a huge page.
// Seen as: 512 times as much memory as there is.
// Caught by: hugetlb/numa_maps.private hugetlb/numa_maps.shared
// Noticed by: hugetlb/numa_maps.private, its own check
// Changes: fs/proc/task_mmu.c 1
@@ expression a, b, c; @@
gather_hugetlb_stats(...)
{
<...
- gather_stats(a, b, c, 1);
+ gather_stats(a, b, c, compound_nr(a));
...>
}
