// Breaks: idle tracking forgets a page when it migrates.
// Seen as: a page that nobody touched is told as used.
// Caught by: thp/idle.migrated_*
// Noticed by: thp/idle.migrated_base, its own check
// Changes: mm/migrate.c 1
@@ @@
folio_migrate_flags(...)
{
<...
- folio_set_idle(newfolio);
+ ;
...>
}
