// Breaks: pages in another device's memory are reported as the device's own.
// Seen as: the device accesses page frames that it does not have.
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
