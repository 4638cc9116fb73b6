// Breaks: a transfer that reaches unmapped memory does not report the transferred part.
// Seen as: the bytes before a hole cannot be read.
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
