// Breaks: a removed segment with SHM_LOCK stays charged to RLIMIT_MEMLOCK.
// Seen as: the user cannot lock memory any more.
// Caught by: tmpfs/sysv_lock.lock_limit
// Noticed by: tmpfs/sysv_lock.lock_limit, its own check
// Changes: ipc/shm.c 1
@@ @@
shm_destroy(...)
{
<...
- shmem_lock(shm_file, 0, shp->mlock_ucounts);
+ ;
...>
}
