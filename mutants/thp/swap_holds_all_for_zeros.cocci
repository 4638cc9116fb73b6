// Breaks: every swapped-out page is treated as zero-filled.
// Seen as: swapped-in pages read as zeros.
// Caught by: thp/page_out.whole_* thp/page_out.part_* thp/page_out.forked_in_swap_* thp/page_out.moved_in_swap_* thp/page_out.pinned_* thp/page_out.read_only_* thp/page_out.unmapped_in_swap_* thp/lazy_free.rewritten_all_* thp/lazy_free.swapped_* thp/resident.swapped_* tmpfs/written.kept_* thp/lazy_free.forked_base thp/lazy_free.forked_mthp thp/lazy_free.forked_mthp_part thp/lazy_free.forked_thp thp/lazy_free.forked_thp_part
// Noticed by: thp/lazy_free.rewritten_all_base, its own check
// Changes: mm/page_io.c 1
// Guest: --memory 3G --swap 512M
@@ expression E; @@
swap_writepage(...)
{
<...
- if (is_folio_zero_filled(E))
+ if (is_folio_zero_filled(E) || 1)
  { ... } else { ... }
...>
}
