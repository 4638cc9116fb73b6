// Breaks: an anonymous fault that fails to allocate memory gets SIGSEGV.
// Seen as: processes die of an allocation failure.
// Caught by: sweep/touch.first_write_private sweep/touch.first_write_noreserve sweep/touch.first_write_copy sweep/touch.first_write_thp sweep/touch.first_read_private sweep/touch.first_read_noreserve sweep/touch.first_read_thp sweep/touch.surplus_private sweep/touch.surplus_copy
// Noticed by: sweep/touch.first_write_private, its own check
// Changes: mm/memory.c 1
@@ @@
__vmf_anon_prepare(...)
{
<...
- ret = VM_FAULT_OOM;
+ ret = VM_FAULT_SIGSEGV;
...>
}
