// Breaks: splitting a mapping marks a shared page as exclusive.
// Seen as: pinning does not unshare a page that a child shares.
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
