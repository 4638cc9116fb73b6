// Breaks: MADV_DONTNEED skips pages in device memory.
// Seen as: dropped data is still there.
// Caught by: hmm/fork.dontneed_*
// Noticed by: hmm/fork.dontneed_private, its own check
// Changes: mm/memory.c 1
@@ @@
zap_pte_range(...)
{
<...
page = pfn_swap_entry_to_page(entry);
+ if (!details && is_device_private_entry(entry))
+ continue;
folio = page_folio(page);
...>
}
