// Breaks: khugepaged allows one missing page more than max_ptes_none.
// Seen as: the limit is exceeded.
// Caught by: thp/khugepaged.max_ptes_none
// Noticed by: thp/khugepaged.max_ptes_none, its own check
// Changes: mm/khugepaged.c 2
@@ @@
- none_or_zero <= khugepaged_max_ptes_none
+ none_or_zero <= khugepaged_max_ptes_none + 1
