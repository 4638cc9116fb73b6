// Breaks: a fresh page takes its place without looking whether a processor came first.
// Seen as: what it wrote meanwhile is gone.
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
