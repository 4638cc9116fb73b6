// Breaks: fresh pages of a device are not added to the RSS.
// Seen as: RssAnon is too low, and negative at exit.
// Caught by: hmm/empty.never_touched_* hmm/empty.no_table_* hmm/empty.behind_zero_page_*
// Noticed by: hmm/empty.never_touched_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_insert_page(...)
{
<...
- inc_mm_counter(mm, MM_ANONPAGES);
...>
}
