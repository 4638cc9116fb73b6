// Breaks: mincore reports a PTE marker of hugetlb as a resident page.
// Seen as: the result is wrong.
// Caught by: thp/resident.marked_hugetlb
// Noticed by: thp/resident.marked_hugetlb, its own check
// Changes: mm/mincore.c 1
@@ @@
mincore_hugetlb(...)
{
<...
- huge_pte_none_mostly
+ huge_pte_none
  (...)
...>
}
