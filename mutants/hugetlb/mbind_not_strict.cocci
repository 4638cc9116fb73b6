// Breaks: MPOL_MF_STRICT does not report misplaced huge pages.
// Seen as: mbind returns 0, and the memory is on another node.
// Caught by: hugetlb/migrate_policy.mbind_strict
// Noticed by: hugetlb/migrate_policy.mbind_strict, its own check
// Changes: mm/mempolicy.c 1
@@ @@
queue_folios_hugetlb(...)
{
<...
if (!(flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) ||
    !vma_migratable(walk->vma)) {
- qp->nr_failed++;
  goto unlock;
}
...>
}
