// Breaks: mprotect can make a read-only mapping of a sealed memfd writable.
// Seen as: sealed contents change.
// Caught by: tmpfs/seals.future_write_* hugetlb/seals.future_write
// Noticed by: tmpfs/seals.future_write_small, its own check
// Changes: mm/memfd.c 1
@@ @@
check_write_seal(...)
{
<...
- *vm_flags_ptr &= ~VM_MAYWRITE;
...>
}
