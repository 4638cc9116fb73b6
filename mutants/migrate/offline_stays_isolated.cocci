// Breaks: when setting memory offline is given up, its page blocks stay isolated.
// Seen as: the next attempt fails with EBUSY, and the free pages there are not used.
// Caught by: migrate/memory_block.in_a_pipe_*
// Noticed by: migrate/memory_block.in_a_pipe_thp, its own check
// Changes: mm/memory_hotplug.c 1
// Guest: --nodes 2 --memory 4G
@@ @@
offline_pages(...)
{
<...
- undo_isolate_page_range(start_pfn, end_pfn, MIGRATE_MOVABLE);
...>
}
