// Breaks: a failed collapse keeps the blocks that it added for holes.
// Seen as: the file system has too few free blocks.
// Caught by: tmpfs/holes.watched_tmpfs
// Noticed by: tmpfs/holes.watched_tmpfs, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- shmem_uncharge(mapping->host, nr_none);
...>
}
