// Breaks: mincore reports a PTE marker of hugetlb as a resident page.
// Seen as: a program believes that its memory is resident.
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
