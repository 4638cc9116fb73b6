// Breaks: migration back from a device loses the data of every eighth page.
// Seen as: every eighth page reads as zeros.
// Caught by: hmm/race.there_and_back hmm/race.huge
// Noticed by: hmm/race.there_and_back, its own check
// Changes: mm/migrate_device.c 2
@@ @@
__migrate_device_pages(...)
{
<...
- folio_migrate_flags(newfolio, folio);
+ {
+ folio_migrate_flags(newfolio, folio);
+ if (!folio_is_zone_device(newfolio) && i % 8 == 0)
+ folio_zero_range(newfolio, 0, PAGE_SIZE);
+ }
...>
}
