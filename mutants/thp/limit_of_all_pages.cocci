// Breaks: max_ptes_none accepts the number of base pages in a huge page.
// Seen as: khugepaged collapses ranges without any page.
// Caught by: thp/settings.limit_none
// Noticed by: thp/settings.limit_none, its own check
// Changes: mm/khugepaged.c 1
@@ @@
max_ptes_none_store(...)
{
<...
- max_ptes_none > HPAGE_PMD_NR - 1
+ max_ptes_none > HPAGE_PMD_NR
...>
}
