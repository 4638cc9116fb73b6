// Breaks: pages that migrate are not counted.
// Seen as: pgmigrate_success stays 0.
// Caught by: migrate/counted.success_base migrate/counted.success_mthp
//   migrate/counted.success_thp migrate/counted.success_tmpfs
// Noticed by: migrate/counted.success_base, its own check
// Changes: mm/migrate.c 1
@@ @@
migrate_pages(...)
{
<...
- count_vm_events(PGMIGRATE_SUCCESS, stats.nr_succeeded);
...>
}
