// Breaks: a fault in a file mapping with MADV_HUGEPAGE reads as without advice.
// Seen as: small folios.
// Caught by: thp/disk_written.read_ahead
// Since: 6.18
// Changes: mm/filemap.c 1
@@ @@
do_sync_mmap_readahead(...)
{
<...
- IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) && (vm_flags & VM_HUGEPAGE)
+ 0
...>
}
