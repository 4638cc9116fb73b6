// Breaks: MADV_DONTNEED and munmap pass over pages that are on a device.
// Seen as: what was dropped is there again.
// Caught by: hmm/fork.dontneed_*
// Changes: mm/memory.c 1
@@ @@
zap_pte_range(...)
{
<...
if (is_device_private_entry(entry) || is_device_exclusive_entry(entry)) {
+ if (details && is_device_private_entry(entry))
+ continue;
...
}
...>
}
