// Breaks: fallocate of tmpfs does not mind RLIMIT_FSIZE.
// Seen as: a file that is larger than its user may make it.
// Caught by: tmpfs/preallocate.file_limit_*
// Noticed by: tmpfs/preallocate.file_limit_small, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_fallocate(...)
{
<...
- inode_newsize_ok(inode, offset + len)
+ 0
...>
}
