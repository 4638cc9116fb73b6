// Breaks: numa_maps takes the entry of a poisoned huge page for a page.
// Seen as: reading numa_maps crashes, or counts a page that is not there.
// Caught by: poison/life_after.reported_*
// Noticed by: poison/life_after.reported_private, its own check
// Changes: fs/proc/task_mmu.c 1
// History: commit d4c54919ed86, "mm: add !pte_present() check on existing hugetlb_entry
//   callbacks"
@@ @@
gather_hugetlb_stats(...)
{
<...
- !pte_present(huge_pte)
+ huge_pte_none(huge_pte)
...>
}
