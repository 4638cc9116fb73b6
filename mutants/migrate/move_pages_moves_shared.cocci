// Breaks: move_pages moves what others map too, without MPOL_MF_MOVE_ALL.
// Seen as: a process moves others' memory.
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
