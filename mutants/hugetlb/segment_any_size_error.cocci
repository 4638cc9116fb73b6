// Breaks: an unknown page size in shmget is told by another errno than EINVAL.
// Seen as: a program that tries size after size gives up too early.
// Caught by: hugetlb/sysv_refused.unknown_size
// Noticed by: hugetlb/sysv_refused.unknown_size, its own check
// Changes: ipc/shm.c 1
@@ @@
newseg(...)
{
<...
  if (!hs) {
- 	error = -EINVAL;
+ 	error = -ENODEV;
  ...
  }
...>
}
