// Breaks: mprotect maps huge pages writable although soft-dirty must track their writes.
// Seen as: written pages are not soft-dirty.
// Caught by: thp/soft_dirty.protected_thp
// Noticed by: thp/soft_dirty.protected_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
can_change_pmd_writable(...)
{
<...
- if (pmd_needs_soft_dirty_wp(vma, pmd))
+ if (0)
	return false;
...>
}
