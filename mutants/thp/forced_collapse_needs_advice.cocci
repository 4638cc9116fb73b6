// Breaks: with PR_THP_DISABLE_EXCEPT_ADVISED MADV_COLLAPSE fails without MADV_HUGEPAGE.
// Seen as: EINVAL.
// Caught by: thp/refusal.but_advised_collapse
// Since: 6.18
// Changes: include/linux/huge_mm.h 1
@@ @@
vma_thp_disabled(...)
{
<...
- if (forced_collapse)
+ if (0)
  return false;
...>
}
