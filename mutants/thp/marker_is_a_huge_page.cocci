// Breaks: mincore takes a marker in the table of hugetlb for a page.
// Seen as: a program believes that its memory is there.
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
