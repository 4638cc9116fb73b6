// Breaks: khugepaged takes one page more than max_ptes_swap allows.
// Seen as: a limit of the administrator's is not kept.
// Caught by: thp/khugepaged.max_ptes_swap
// Noticed by: thp/khugepaged.max_ptes_swap, its own check
// Changes: mm/khugepaged.c 1
@@ @@
- unmapped <= khugepaged_max_ptes_swap
+ unmapped <= khugepaged_max_ptes_swap + 1
