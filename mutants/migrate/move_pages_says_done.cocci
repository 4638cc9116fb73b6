// Breaks: move_pages reports missing pages as in place.
// Seen as: a caller believes that its memory is in place.
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
