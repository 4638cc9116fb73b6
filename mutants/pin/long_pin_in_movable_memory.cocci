// Breaks: pages of ZONE_MOVABLE are pinned for long where they are.
// Seen as: memory that was movable cannot be set offline as long as the pin lasts.
// Caught by: migrate/memory_block.pinned_for_long_*
// Noticed by: migrate/memory_block.pinned_for_long_thp, its own check
// Changes: mm/gup.c 1
// Guest: --nodes 2 --memory 4G
@@ @@
collect_longterm_unpinnable_folios(...)
{
<...
- if (folio_is_longterm_pinnable(folio))
+ if (true)
	continue;
...>
}
