// Breaks: shmget with an unsupported page size fails with another errno than EINVAL.
// Seen as: the wrong errno.
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
