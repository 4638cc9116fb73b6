// Breaks: splitting a mapping marks a shared page as exclusive.
// Seen as: a pin gets a page that is shared with a child.
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
