// Breaks: stat() tells base pages for a file of huge pages.
// Seen as: st_blksize is 4096.
// Caught by: tmpfs/mount_option.block_size
// Noticed by: tmpfs/mount_option.block_size, its own check
// Changes: mm/shmem.c 1
// History: commit 89fdcd262fd4, "mm: shmem: make stat.st_blksize return huge page size if THP is
//   on"
@@ @@
shmem_getattr(...)
{
<...
- stat->blksize = HPAGE_PMD_SIZE;
+ ;
...>
}
