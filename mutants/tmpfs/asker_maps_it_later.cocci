// Breaks: MADV_COLLAPSE does not map the huge page in the caller.
// Seen as: the caller has no PMD mapping until its next fault.
// Caught by: tmpfs/recovery.alone_*
// Noticed by: tmpfs/recovery.alone_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
madvise_collapse(...)
{
<...
- collapse_pte_mapped_thp(mm, addr, true)
+ collapse_pte_mapped_thp(mm, addr, false)
...>
}
