// Breaks: pagemap reports huge pages as exclusive that two processes map.
// Seen as: shared memory is reported as private.
// Caught by: thp/exclusive.forked_thp thp/exclusive.forked_tmpfs
// Noticed by: thp/exclusive.forked_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_pmd_range(...)
{
<...
- if (folio && (flags & PM_PRESENT) &&
-     folio_precise_page_mapcount(folio, page + idx) == 1)
+ if (folio && (flags & PM_PRESENT))
	cur_flags |= PM_MMAP_EXCLUSIVE;
...>
}
