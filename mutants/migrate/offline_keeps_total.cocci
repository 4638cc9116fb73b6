// Breaks: the size of memory that was set offline is not taken off MemTotal.
// Seen as: MemTotal is larger than the memory that is online, and grows at each turn.
// Caught by: migrate/memory_block.total
// Noticed by: migrate/memory_block.total, its own check
// Changes: mm/memory_hotplug.c 1
// Guest: --nodes 2 --memory 4G
@@ @@
offline_pages(...)
{
<...
- adjust_managed_page_count(pfn_to_page(start_pfn), -managed_pages);
...>
}
