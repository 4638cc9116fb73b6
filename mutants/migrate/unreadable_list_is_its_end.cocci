// Breaks: move_pages takes the end of what can be read of its list for the list's end.
// Seen as: pages that were asked for are not reported, and no error says so.
// Caught by: migrate/move_status.unreadable
// Noticed by: migrate/move_status.unreadable, its own check
// Changes: mm/migrate.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
do_pages_stat(...)
{
<...
- return nr_pages ? -EFAULT : 0;
+ return 0;
...>
}
