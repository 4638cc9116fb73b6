// Breaks: move_pages() that gives up does not count what it did not try.
// Seen as: the result is 1 although several pages did not move.
// Caught by: migrate/move_status.given_up_*
// Noticed by: migrate/move_status.given_up_base, its own check
// Changes: mm/migrate.c 1
// History: commit 5984fabb6e82, "mm: move_pages: report the number of non-attempted pages"
@@ @@
move_pages_and_store_status(...)
{
<...
- err += nr_pages - i;
+ ;
...>
}
