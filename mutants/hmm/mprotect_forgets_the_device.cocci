// Breaks: mprotect leaves device private entries writable.
// Seen as: a device writes to read-only memory.
// Caught by: hmm/permissions.protected_there_*
// Noticed by: hmm/permissions.protected_there_private, its own check
// Changes: mm/mprotect.c 1
@@ @@
change_pte_range(...)
{
<...
- entry = make_readable_device_private_entry(swp_offset(entry));
+ entry = make_writable_device_private_entry(swp_offset(entry));
...>
}
