// Breaks: a transfer that runs into unmapped memory does not report what it moved.
// Seen as: a debugger cannot read the last bytes before a hole.
// Caught by: pin/foreign.ends_at_hole_*
// Noticed by: pin/foreign.ends_at_hole_base, its own check
// Changes: mm/process_vm_access.c 1
@@ @@
process_vm_rw_core(...)
{
<...
- if (total_len)
+ if (total_len && !rc)
  rc = total_len;
...>
}
