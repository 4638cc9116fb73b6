// Breaks: another process's memory is read and written but for its last page.
// Seen as: a debugger sees short reads.
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
