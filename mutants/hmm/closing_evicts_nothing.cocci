// Breaks: a driver that takes its memory back gets no page of it.
// Seen as: processes have pages on a device that is gone.
// Caught by: hmm/migrate.closed_*
// Changes: mm/migrate_device.c 1
@@ @@
migrate_device_range(...)
{
<...
- src_pfns[i] = migrate_device_pfn_lock(pfn);
+ src_pfns[i] = 0;
...>
}
