// Breaks: partially unmapped huge pages are not queued for splitting.
// Seen as: unmapped memory is never freed.
// Caught by: thp/deferred_split.partly_unmapped thp/split_mapping.dontneed_part thp/sizes.partly_dropped
// Noticed by: thp/deferred_split.partly_unmapped, its own check
// Changes: mm/huge_memory.c 1
@@ @@
deferred_split_folio(...)
{
<...
- if (folio_order(folio) <= 1)
+ if (folio_order(folio))
	return;
...>
}
