// Breaks: HardwareCorrupted does not know of pages that are soft offlined.
// Seen as: it falls below zero when they are unpoisoned.
// Caught by: poison/soft_offline_pool.unused_* poison/soft_offline_pool.used_*
// Changes: mm/memory-failure.c 1
@@ @@
page_handle_poison(...)
{
<...
- num_poisoned_pages_inc(page_to_pfn(page));
...>
}
