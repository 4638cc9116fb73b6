// Breaks: setting memory offline does not migrate hugetlb pages that are in use.
// Seen as: EBUSY for a memory block with such pages.
// Caught by: migrate/memory_block.emptied_hugetlb
// Noticed by: migrate/memory_block.emptied_hugetlb, its own check
// Changes: mm/memory_hotplug.c 2
// Guest: --nodes 2 --memory 4G
@@ @@
scan_movable_pages(...)
{
<...
- if (folio_test_hugetlb_migratable(folio))
+ if (false)
	goto found;
...>
}
@@ @@
do_migrate_range(...)
{
<...
- if (!folio_try_get(folio))
+ if (folio_test_hugetlb(folio) || !folio_try_get(folio))
	continue;
...>
}
