// Breaks: move_pages reports node 0 for pages that are on the target node already.
// Seen as: the wrong status for pages on another node than 0.
// Caught by: migrate/move_status.there_already_*
// Noticed by: migrate/move_status.there_already_base, its own check
// Changes: mm/migrate.c 1
@@ @@
do_pages_move(...)
{
<...
- err ? : current_node
+ err
...>
}
