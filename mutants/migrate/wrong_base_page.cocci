// Breaks: base pages of a migrated huge page are all mapped to its first one.
// Seen as: every base page has the contents of the first one.
// Caught by: migrate/mbind.mapped_by_base_pages
// Noticed by: migrate/mbind.mapped_by_base_pages, kernel log
// Changes: mm/migrate.c 1
@@ @@
remove_migration_pte(...)
{
<...
- idx = linear_page_index(vma, pvmw.address) - pvmw.pgoff;
+ idx = 0;
...>
}
