// Breaks: a tmpfs that is mounted with huge=never makes huge pages as with huge=always.
// Seen as: files use more memory than was asked for.
// Caught by: tmpfs/write_sizes.never
// Changes: mm/shmem.c 1
@@ @@
shmem_huge_global_enabled(...)
{
<...
- SHMEM_SB(inode->i_sb)->huge
+ SHMEM_HUGE_ALWAYS
...>
}
