// Breaks: fork does not copy guards.
// Seen as: the child can access guard regions.
// Caught by: thp/guard.kept_thp_fork thp/guard.kept_tmpfs_fork
// Noticed by: thp/guard.kept_thp_fork, its own check
// Since: 6.13
// Changes: mm/memory.c 1
@@
identifier marker;
@@
copy_nonpresent_pte(...)
{
<...
- if (marker)
+ if (marker && !(marker & PTE_MARKER_GUARD))
  set_pte_at(...);
...>
}
