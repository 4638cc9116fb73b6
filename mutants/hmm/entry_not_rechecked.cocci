// Breaks: a fresh page takes its place without looking who came first.
// Seen as: what a processor wrote meanwhile is gone.
// Caught by: hmm/race.processor_first
// Changes: mm/migrate_device.c 2
@@ @@
migrate_vma_insert_page(...)
{
<...
(
- if (!is_zero_pfn(pfn)) goto unlock_abort;
|
- else if (!pte_none(orig_pte)) goto unlock_abort;
)
...>
}
