// Breaks: a huge page needs two zero-filled pages more than max_ptes_none to be underused.
// Seen as: zero-filled memory is not freed.
// Caught by: thp/deferred_split.underused_by_one
// Noticed by: thp/deferred_split.underused_by_one, its own check
// Changes: mm/huge_memory.c 2
@@ @@
thp_underused(...)
{
<...
(
- ++num_zero_pages > khugepaged_max_ptes_none
+ ++num_zero_pages > khugepaged_max_ptes_none + 1
|
- ++num_filled_pages >= HPAGE_PMD_NR - khugepaged_max_ptes_none
+ ++num_filled_pages >= HPAGE_PMD_NR - khugepaged_max_ptes_none - 1
)
...>
}
