// Breaks: mprotect makes pages writable whose writes must be tracked.
// Seen as: a checkpoint misses what was written.
// Caught by: thp/soft_dirty.protected_base
// Noticed by: thp/soft_dirty.protected_base, its own check
// Changes: mm/mprotect.c 1
@@ @@
can_change_pte_writable(...)
{
<...
- if (pte_needs_soft_dirty_wp(vma, pte))
+ if (0)
	return false;
...>
}
