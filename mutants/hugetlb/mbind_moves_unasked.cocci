// Breaks: mbind migrates huge pages without MPOL_MF_MOVE.
// Seen as: unnecessary migrations.
// Caught by: hugetlb/migrate_policy.mbind_stays
// Noticed by: hugetlb/migrate_policy.mbind_stays, its own check
// Changes: mm/mempolicy.c 1
@@
identifier start, len, mode, mode_flags, nmask, flags;
type A, B, C, D, E, F;
@@
do_mbind(A start, B len, C mode, D mode_flags, E nmask, F flags)
{
...
+ flags |= MPOL_MF_MOVE;
if (flags & ~(unsigned long)MPOL_MF_VALID) return -EINVAL;
...
}
