// Breaks: mprotect maps base pages writable although soft-dirty must track their writes.
// Seen as: written pages are not soft-dirty.
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
