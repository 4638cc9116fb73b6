// Breaks: System V segments are attached as private mappings.
// Seen as: processes do not see each other's writes.
// Caught by: hugetlb/sysv.attached_twice hugetlb/sysv.forked
// Noticed by: hugetlb/sysv.attached_twice, crash
// Changes: ipc/shm.c 1
@@ @@
do_shmat(...)
{
...
- unsigned long flags = MAP_SHARED;
+ unsigned long flags = MAP_PRIVATE;
...
}
