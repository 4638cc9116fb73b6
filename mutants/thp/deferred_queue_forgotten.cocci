// Breaks: partly unmapped huge pages are not listed for a split.
// Seen as: memory that nobody maps is never given back.
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
