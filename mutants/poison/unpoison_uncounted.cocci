// Breaks: HardwareCorrupted is not decreased when a base page is unpoisoned.
// Seen as: HardwareCorrupted only grows.
// Caught by: poison/page_types.free_page poison/pool.private poison/pool.free_page
// Noticed by: poison/page_types.free_page, its own check
// Changes: mm/memory-failure.c 1
@@ @@
unpoison_memory(...)
{
<...
- num_poisoned_pages_sub(pfn, 1);
...>
}
