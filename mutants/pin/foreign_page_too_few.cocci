// Breaks: process_vm_readv and _writev leave out the last page.
// Seen as: transfers are too short.
// Caught by: pin/foreign.reaches_* pin/foreign.neighbours
// Noticed by: pin/foreign.reaches_base, its own check
// Changes: mm/process_vm_access.c 1
@@ expression A, B; @@
process_vm_rw_single_vec(...)
{
<...
- nr_pages = A - B + 1;
+ nr_pages = max(A - B, 1UL);
...>
}
