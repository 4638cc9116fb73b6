// Breaks: shmdt detaches only the first part of an attachment that mprotect or munmap has split.
// Seen as: the rest stays mapped, and the segment is not freed.
// Caught by: hugetlb/sysv_part.mprotected tmpfs/sysv.unmapped
// Noticed by: hugetlb/sysv_part.mprotected, its own check
// Changes: ipc/shm.c 1
@@ @@
ksys_shmdt(...)
{
<...
- size = PAGE_ALIGN(size);
+ size = 0;
...>
}
