// Breaks: swapped-out pages of a segment are not counted.
// Seen as: /proc/sysvipc/shm and SHM_INFO are wrong.
// Caught by: tmpfs/sysv_lock.swapped
// Noticed by: tmpfs/sysv_lock.swapped, its own check
// Guest: --swap 256M
// Changes: ipc/shm.c 1
@@ @@
shm_add_rss_swap(...)
{
<...
- *swp_add += READ_ONCE(SHMEM_I(inode)->swapped);
+ ;
...>
}
