// Breaks: mbind with MPOL_MF_STRICT and MPOL_MF_MOVE stops at the first page that it cannot
//   isolate.
// Seen as: EIO, and the pages behind it are where they were.
// Caught by: migrate/not_moved.behind_*
// Noticed by: migrate/not_moved.behind_base, its own check
// Changes: mm/mempolicy.c 1
// History: commit 24526268f4e3, "mm: mempolicy: keep VMA walk if both MPOL_MF_STRICT and
//   MPOL_MF_MOVE are specified"
@@ expression f; @@
strictly_unmovable(unsigned long flags)
{
- return (flags & (f)) == MPOL_MF_STRICT;
+ return flags & MPOL_MF_STRICT;
}
