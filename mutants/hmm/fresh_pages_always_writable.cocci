// Breaks: fresh pages of a device are writable in a read-only mapping too.
// Seen as: a device, and then a processor, writes to read-only memory.
// Caught by: hmm/empty.read_only_*
// Noticed by: hmm/empty.read_only_private, its own check
// Changes: mm/migrate_device.c 2
@@ @@
migrate_vma_insert_page(...)
{
<...
- vma->vm_flags & VM_WRITE
+ vma->vm_flags
...>
}
