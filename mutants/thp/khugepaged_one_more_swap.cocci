// Breaks: khugepaged allows one swapped-out page more than max_ptes_swap.
// Seen as: the limit is exceeded.
// Caught by: thp/khugepaged.max_ptes_swap
// Noticed by: thp/khugepaged.max_ptes_swap, its own check
// Changes: mm/khugepaged.c 1
@@ @@
- unmapped <= khugepaged_max_ptes_swap
+ unmapped <= khugepaged_max_ptes_swap + 1
