// Breaks: max_ptes_none takes as many base pages as a huge page has.
// Seen as: khugepaged makes huge pages of nothing.
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
