// Breaks: a fault of a file that finds no memory for a page table is a wrong address.
// Seen as: programs die of a fault that waiting for memory would have cured.
// Caught by: sweep/touch.first_write_tmpfs
// Noticed by: sweep/touch.first_write_tmpfs, its own check
// Changes: mm/memory.c 1
@@ @@
__do_fault(...)
{
<...
- return VM_FAULT_OOM;
+ return VM_FAULT_SIGSEGV;
...>
}
