// Breaks: UFFDIO_MOVE moves pinned pages.
// Seen as: device and process use different memory.
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
