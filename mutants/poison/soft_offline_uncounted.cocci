// Breaks: HardwareCorrupted does not count soft-offlined pages.
// Seen as: it becomes negative when they are unpoisoned.
// Caught by: poison/soft_offline_pool.unused_* poison/soft_offline_pool.used_*
// Changes: mm/memory-failure.c 1
@@ @@
page_handle_poison(...)
{
<...
- num_poisoned_pages_inc(page_to_pfn(page));
...>
}
