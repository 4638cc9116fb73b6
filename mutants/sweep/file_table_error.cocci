// Breaks: a file fault that fails to allocate a page table gets SIGSEGV.
// Seen as: processes die of an allocation failure.
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
