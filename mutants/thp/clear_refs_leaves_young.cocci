// Breaks: clear_refs leaves huge pages young.
// Seen as: memory looks used that is not.
// Caught by: thp/referenced.cleared_thp
// Noticed by: thp/referenced.cleared_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
clear_refs_pte_range(...)
{
<...
- pmdp_test_and_clear_young(vma, addr, pmd);
...>
}
