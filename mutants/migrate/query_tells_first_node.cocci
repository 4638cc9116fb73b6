// Breaks: move_pages that only looks tells node 0 of every page.
// Seen as: a program that places its memory moves it for nothing.
// Caught by: migrate/move_status.queried_* migrate/move_status.absent_*
// Noticed by: migrate/move_status.queried_base, its own check
// Changes: mm/migrate.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_pages_stat_array(...)
{
<...
- err = folio_nid(folio);
+ err = 0;
...>
}
