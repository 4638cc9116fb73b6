// Breaks: move_pages moves pages that other processes map, without MPOL_MF_MOVE_ALL.
// Seen as: a process migrates memory of others.
// Caught by: migrate/move_pages.shared migrate/move_status.shared_*
// Noticed by: migrate/move_pages.shared, its own check
// Changes: mm/migrate.c 1
@@ @@
__add_folio_for_migration(...)
{
<...
- if (folio_likely_mapped_shared(folio) && !migrate_all)
+ if (0)
	return -EACCES;
...>
}
