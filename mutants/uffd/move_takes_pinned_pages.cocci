// Breaks: UFFDIO_MOVE takes pages that a device has pinned.
// Seen as: the device goes on with memory of another place.
// Caught by: uffd/move.pinned
// Noticed by: uffd/move.pinned, its own check
// Changes: mm/huge_memory.c 2
@@ @@
move_pages_huge_pmd(...)
{
<...
- folio_maybe_dma_pinned(src_folio)
+ 0
...>
}
