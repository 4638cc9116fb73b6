// Breaks: a copy-on-write fault that fails to allocate memory gets SIGSEGV.
// Seen as: processes die of an allocation failure.
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
