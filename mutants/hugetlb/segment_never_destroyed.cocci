// Breaks: a removed System V segment is not freed when the last process detaches it.
// Seen as: huge pages leak.
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
