// Breaks: a recovery that is given up keeps the blocks that it had taken for the holes.
// Seen as: the file system has less room than it should.
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
