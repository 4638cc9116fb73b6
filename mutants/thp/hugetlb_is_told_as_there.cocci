// Breaks: mincore reports every hugetlb page as resident.
// Seen as: the result is wrong.
// Caught by: thp/resident.touched_hugetlb thp/resident.dropped_hugetlb
// Noticed by: thp/resident.touched_hugetlb, its own check
// Changes: mm/mincore.c 1
@@ @@
mincore_hugetlb(...)
{
<...
- present = pte && !huge_pte_none_mostly(huge_ptep_get(walk->mm, addr, pte));
+ present = 1;
...>
}
