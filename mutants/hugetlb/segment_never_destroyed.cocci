// Breaks: a removed SysV segment stays when its last user detaches.
// Seen as: huge pages are lost until the machine boots again.
// Caught by: hugetlb/sysv.removed_while_attached
// Noticed by: hugetlb/sysv.removed_while_attached, its own check
// Changes: ipc/shm.c 1
@@ @@
__shm_close(...)
{
<...
- shm_may_destroy(...)
+ false
...>
}
