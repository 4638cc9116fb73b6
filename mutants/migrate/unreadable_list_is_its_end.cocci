// Breaks: move_pages treats the end of the readable part of its list as the end of the list.
// Seen as: the call succeeds instead of failing with EFAULT.
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
