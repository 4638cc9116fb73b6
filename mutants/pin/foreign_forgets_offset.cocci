// Breaks: process_vm_readv and _writev begin at the start of the first page.
// Seen as: the wrong bytes are transferred.
// Caught by: pin/foreign.reaches_*
// Noticed by: pin/foreign.reaches_base, its own check
// Changes: mm/process_vm_access.c 1
@@ @@
process_vm_rw_single_vec(...)
{
<...
- process_vm_rw_pages(process_pages, start_offset, bytes, iter, vm_write)
+ process_vm_rw_pages(process_pages, 0, bytes, iter, vm_write)
...>
}
