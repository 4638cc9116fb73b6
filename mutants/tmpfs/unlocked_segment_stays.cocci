// Breaks: a segment stays unevictable after SHM_UNLOCK.
// Seen as: its memory is never swapped out.
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
