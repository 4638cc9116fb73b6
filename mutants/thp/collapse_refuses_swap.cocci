// Breaks: MADV_COLLAPSE does not collapse ranges with swapped-out pages.
// Seen as: the call fails without a reason.
// Caught by: thp/collapse.swapped
// Noticed by: thp/collapse.swapped, its own check
// Changes: mm/khugepaged.c 1
@@ @@
- !cc->is_khugepaged || unmapped <= khugepaged_max_ptes_swap
+ cc->is_khugepaged && unmapped <= khugepaged_max_ptes_swap
