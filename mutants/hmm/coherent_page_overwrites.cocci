// Breaks: a fresh page of coherent memory replaces a page that was faulted in first.
// Seen as: data that a CPU wrote meanwhile is lost.
// Caught by: hmm/race.coherent
// Noticed by: hmm/race.coherent, its own check
// Changes: mm/migrate_device.c 1
// Guest: --nodes 2 --memory 4G --swap 256M --hmm-coherent
@@ @@
migrate_vma_insert_page(...)
{
<...
- !is_zero_pfn(pfn)
+ !is_zero_pfn(pfn) && !folio_is_device_coherent(folio)
...>
}
