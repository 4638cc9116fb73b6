// Breaks: the first page of a range is not migrated to the device.
// Seen as: a page is in system memory after a successful migration.
// Caught by: hmm/migrate.one_page_* hmm/migrate.some_pages_* hmm/migrate.many_pages_* hmm/migrate.single_touch_* hmm/migrate.device_writes_* hmm/migrate.counted_* hmm/fork.child_reads_* hmm/fork.moved_* hmm/fork.exits_* hmm/fork.exec_* hmm/fork.sent_again_* hmm/refused.copies_* hmm/refused.unmapped_* hmm/permissions.device_unmapped_* hmm/thp.part_* hmm/thp.forked_* hmm/thp.huge_again_*
// Noticed by: hmm/fork.child_reads_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_device_unmap(...)
{
<...
folio = page_folio(page);
+ if (!i && !folio_is_zone_device(folio)) {
+ src_pfns[i] &= ~MIGRATE_PFN_MIGRATE;
+ restore++;
+ continue;
+ }
if (!folio_is_zone_device(folio)) { ... }
...>
}
