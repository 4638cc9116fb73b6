// Breaks: move_pages reports a node for pages that could not be migrated.
// Seen as: the status is wrong.
// Caught by: migrate/move_status.pinned_*
// Noticed by: migrate/move_status.pinned_base, its own check
// Changes: mm/migrate.c 1
@@ @@
move_pages_and_store_status(...)
{
...
  err = do_move_pages_to_node(...);
- if (err)
+ if (err < 0)
  {
	...
  }
...
}
