// Breaks: a query with move_pages reports node 0 for every page.
// Seen as: the wrong node for pages on another node than 0.
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
