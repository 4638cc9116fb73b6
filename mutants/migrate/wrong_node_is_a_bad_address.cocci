// Breaks: move_pages to a node that does not exist fails with EFAULT.
// Seen as: the wrong errno.
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
