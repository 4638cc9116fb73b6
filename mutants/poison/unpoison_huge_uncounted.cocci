// Breaks: HardwareCorrupted is not decreased when a huge page is unpoisoned.
// Seen as: HardwareCorrupted only grows.
// Caught by: poison/pool.shared poison/pool.twice
// Noticed by: poison/pool.shared, its own check
// Changes: mm/memory-failure.c 1
@@ @@
__folio_free_raw_hwp(...)
{
<...
- num_poisoned_pages_sub(page_to_pfn(p->page), 1);
...>
}
