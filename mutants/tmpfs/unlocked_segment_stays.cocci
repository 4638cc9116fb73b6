// Breaks: a segment that is unlocked stays unevictable.
// Seen as: its memory is never swapped.
// Caught by: tmpfs/sysv_lock.swapped
// Noticed by: tmpfs/sysv_lock.swapped, its own check
// Guest: --swap 256M
// Changes: mm/shmem.c 1
@@ @@
shmem_lock(...)
{
<...
- mapping_clear_unevictable(file->f_mapping);
...>
}
