// Breaks: when a file is made huge, tables with guards go as others do.
// Seen as: a guard in a mapping of a file is gone after a collapse elsewhere.
// Caught by: thp/guard.file_collapsed
// Noticed by: thp/guard.file_collapsed, its own check
// Since: 6.15
// Changes: mm/khugepaged.c 1
@@ @@
file_backed_vma_is_retractable(...)
{
<...
- if (vma_test_atomic_flag(...))
+ if (0)
  return false;
...>
}
