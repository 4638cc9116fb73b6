// Breaks: khugepaged allows one shared page more than max_ptes_shared.
// Seen as: the limit is exceeded.
// Caught by: thp/khugepaged.max_ptes_shared
// Noticed by: thp/khugepaged.max_ptes_shared, its own check
// Changes: mm/khugepaged.c 2
@@ @@
- shared > khugepaged_max_ptes_shared
+ shared > khugepaged_max_ptes_shared + 1
