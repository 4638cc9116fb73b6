// Breaks: clear_refs does not clear the accessed bit of huge pages.
// Seen as: Referenced stays in smaps.
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
