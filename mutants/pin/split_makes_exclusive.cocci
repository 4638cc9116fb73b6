// Breaks: a split of the mapping makes a shared page look like one's own.
// Seen as: a pin gets the page that a child has too.
// Caught by: pin/remapped.pinned_later_cold_thp pin/remapped.pinned_later_mprotect_thp
// Noticed by: pin/remapped.pinned_later_cold_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- if (anon_exclusive)
-	rmap_flags |= RMAP_EXCLUSIVE;
+ rmap_flags |= RMAP_EXCLUSIVE;
...>
}
