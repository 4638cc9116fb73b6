// Breaks: a write to a page that a child has too, and that finds no memory, is a wrong address.
// Seen as: programs die of a fault that waiting for memory would have cured.
// Caught by: sweep/touch.copy_thp
// Noticed by: sweep/touch.copy_thp, its own check
// Changes: mm/memory.c 1
@@ @@
wp_page_copy(...)
{
<...
- ret = VM_FAULT_OOM;
+ ret = VM_FAULT_SIGSEGV;
...>
}
