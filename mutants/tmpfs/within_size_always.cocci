// Breaks: huge=within_size makes huge pages beyond the end of the file.
// Seen as: a file uses more memory than its size.
// Caught by: tmpfs/mount_option.option_within_size tmpfs/shmem_enabled.end_within_size
// Noticed by: tmpfs/mount_option.option_within_size, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_huge_global_enabled(...)
{
<...
- i_size >> PAGE_SHIFT >= index
+ i_size >> PAGE_SHIFT >= index - HPAGE_PMD_NR
...>
}
