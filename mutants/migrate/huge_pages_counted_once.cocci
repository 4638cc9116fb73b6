// Breaks: a huge page that migrated counts as one page.
// Seen as: pgmigrate_success rises by 1 in place of 512.
// Caught by: migrate/counted.success_hugetlb
// Noticed by: migrate/counted.success_hugetlb, its own check
// Changes: mm/migrate.c 1
@@ @@
migrate_hugetlbs(...)
{
<...
- stats->nr_succeeded += nr_pages;
+ stats->nr_succeeded++;
...>
}
