// Breaks: shmget fails with another errno than EINVAL for an unknown page size.
// Seen as: a program that tries several sizes gives up too early.
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
