// Breaks: move_pages reports a node for the huge zero page.
// Seen as: a node instead of EFAULT for the huge zero page.
// Caught by: migrate/move_status.zero_pages
// Noticed by: migrate/move_status.zero_pages, its own check
// Changes: mm/migrate.c 1
@@ @@
do_pages_stat_array(...)
{
<...
- is_zero_folio(folio) || is_huge_zero_folio(folio)
+ is_zero_folio(folio)
...>
}
