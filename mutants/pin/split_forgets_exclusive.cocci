// Breaks: a split of the mapping makes the process share its own page.
// Seen as: a fork gives the child the page that is pinned.
// Caught by: pin/remapped.pinned_before_mprotect_part_thp
// Noticed by: pin/remapped.pinned_before_mprotect_part_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- if (anon_exclusive)
-	rmap_flags |= RMAP_EXCLUSIVE;
...>
}
