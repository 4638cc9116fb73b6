// Breaks: PTE mappings that a collapse replaces are not subtracted from the RSS.
// Seen as: RssShmem is too large, "Bad rss-counter state" at exit.
// Caught by: tmpfs/accounting.remapped_*
// Noticed by: tmpfs/accounting.remapped_anon, its own check
// Changes: mm/khugepaged.c 2
@@ @@
collapse_pte_mapped_thp(...)
{
<...
folio_ref_sub(folio, nr_ptes);
- add_mm_counter(mm, mm_counter_file(folio), -nr_ptes);
...>
}
