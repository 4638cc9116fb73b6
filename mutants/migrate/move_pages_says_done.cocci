// Breaks: move_pages reports a node for missing pages.
// Seen as: the status is wrong.
// Caught by: migrate/move_pages.nothing_there
// Noticed by: migrate/move_pages.nothing_there, its own check
// Changes: mm/migrate.c 1
@@ @@
add_folio_for_migration(...)
{
<...
- err = -ENOENT;
+ err = 0;
...>
}
