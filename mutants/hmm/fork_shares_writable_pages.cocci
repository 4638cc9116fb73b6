// Breaks: fork leaves device private pages writable in parent and child.
// Seen as: parent or child reads what the other wrote.
// Caught by: hmm/fork.child_writes_* hmm/fork.parent_writes_*
// Noticed by: hmm/fork.child_writes_private, kernel log
// Changes: mm/memory.c 1
@@ @@
copy_nonpresent_pte(...)
{
<...
- entry = make_readable_device_private_entry(swp_offset(entry));
+ entry = make_writable_device_private_entry(swp_offset(entry));
...>
}
