// Breaks: mincore reports a PTE marker as a resident page.
// Seen as: a program believes that its memory is resident.
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
