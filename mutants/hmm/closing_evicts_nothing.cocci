// Breaks: a driver that evicts its device memory evicts no page.
// Seen as: processes have pages in the memory of a device that is closed.
// Caught by: hmm/migrate.closed_*
// Noticed by: hmm/migrate.closed_private, timeout
// Changes: mm/migrate_device.c 1
@@ @@
- migrate_device_unmap(src_pfns, npages, NULL)
+ memset(src_pfns, 0, npages * sizeof(*src_pfns))
