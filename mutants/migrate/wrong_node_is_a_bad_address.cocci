// Breaks: move_pages to a node that is not there is told as EFAULT.
// Seen as: a mistake in the list of nodes is looked for in the list of pages.
// Caught by: migrate/move_status.wrong_node_*
// Noticed by: migrate/move_status.wrong_node_that_is_not, its own check
// Changes: mm/migrate.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_pages_move(...)
{
<...
- err = -ENODEV;
+ err = -EFAULT;
...>
}
