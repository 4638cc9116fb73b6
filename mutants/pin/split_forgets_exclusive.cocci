// Breaks: splitting a mapping clears the exclusive flag of a page.
// Seen as: fork shares the pinned page with the child.
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
