// Breaks: a fresh page is installed without checking that the entry is still empty.
// Seen as: data that a CPU wrote meanwhile is lost.
// Caught by: hmm/race.processor_first
// Noticed by: hmm/race.processor_first, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_insert_page(...)
{
<...
- if (!is_zero_pfn(pfn)) goto unlock_abort;
...>
}
