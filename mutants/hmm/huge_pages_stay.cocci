// Breaks: huge pages are split for migration to a device and then not migrated.
// Seen as: pages are in system memory, and the huge page is lost.
// Caught by: hmm/thp.whole_*
// Noticed by: hmm/thp.whole_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_collect_pmd(...)
{
<...
ret = split_folio(folio);
...
- if (ret)
+ if (1)
return migrate_vma_collect_skip(start, end, walk);
...>
}
