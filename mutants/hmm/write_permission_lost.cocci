// Breaks: a writable page is read-only after migration to a device.
// Seen as: each write of the device migrates the page back.
// Caught by: hmm/permissions.write_kept_* hmm/permissions.protected_there_* hmm/empty.mixture_*
// Noticed by: hmm/empty.mixture_private, its own check
// Changes: mm/migrate.c 1
@@ @@
remove_migration_pte(...)
{
<...
- entry = make_writable_device_private_entry(page_to_pfn(new));
+ entry = make_readable_device_private_entry(page_to_pfn(new));
...>
}
