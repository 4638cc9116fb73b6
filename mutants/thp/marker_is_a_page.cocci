// Breaks: mincore reports a PTE marker as a resident page.
// Seen as: the result is wrong.
// Caught by: thp/resident.marked_base thp/resident.marked_mthp thp/resident.marked_thp
// Noticed by: thp/resident.marked_base, its own check
// Changes: mm/mincore.c 1
@@ @@
mincore_pte_range(...)
{
<...
- pte_none_mostly(pte)
+ pte_none(pte)
...>
}
