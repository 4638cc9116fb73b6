// Breaks: pages of shared files are migrated like anonymous ones.
// Seen as: a file has a page that no CPU can access.
// Caught by: hmm/refused.shared_pages_*
// Noticed by: hmm/refused.shared_pages_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
__migrate_device_pages(...)
{
<...
- !folio_test_anon(folio) || !folio_free_swap(folio)
+ folio_test_anon(folio) && !folio_free_swap(folio)
...>
}
