// Breaks: a split of a huge page frees pages that fallocate allocated beyond the end of the file.
// Seen as: preallocated space is lost.
// Caught by: tmpfs/preallocate.split_huge
// Noticed by: tmpfs/preallocate.split_huge, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_fallocate(...)
{
<...
- if (info->fallocend < end) info->fallocend = end;
...>
}
