// Breaks: a split of a huge page gives up what fallocate made beyond the end of the file.
// Seen as: room that was preallocated is gone.
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
