// Breaks: a collapse of a file removes page tables that have guards.
// Seen as: the guards of another mapping of the file are gone.
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
