// Breaks: migrate_pages returns 0 if pages could not be migrated.
// Seen as: the result is wrong.
// Caught by: migrate/not_moved.counted_*
// Noticed by: migrate/not_moved.counted_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_migrate_pages(...)
{
<...
- return (nr_failed < INT_MAX) ? nr_failed : INT_MAX;
+ return 0;
...>
}
