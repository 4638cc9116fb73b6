// Breaks: khugepaged takes one page more than max_ptes_none allows.
// Seen as: a limit of the administrator's is not kept.
// Caught by: thp/khugepaged.max_ptes_none
// Noticed by: thp/khugepaged.max_ptes_none, its own check
// Changes: mm/khugepaged.c 2
@@ @@
- none_or_zero <= khugepaged_max_ptes_none
+ none_or_zero <= khugepaged_max_ptes_none + 1
