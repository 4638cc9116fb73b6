// Breaks: a device is told that pages in another's memory are in its own.
// Seen as: it reads frames that are not there.
// Caught by: hmm/migrate.two_devices_*
// Noticed by: hmm/migrate.two_devices_private, its own check
// Changes: mm/hmm.c 1
@@ @@
hmm_vma_handle_pte(...)
{
<...
- is_device_private_entry(entry) && pfn_swap_entry_to_page(entry)->pgmap->owner == range->dev_private_owner
+ is_device_private_entry(entry)
...>
}
