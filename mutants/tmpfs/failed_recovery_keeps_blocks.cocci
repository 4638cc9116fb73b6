// Breaks: a recovery that is given up keeps the blocks that it had taken for the holes.
// Seen as: the file uses more than is in it.
// Caught by: tmpfs/holes.watched_*
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- shmem_uncharge(mapping->host, nr_none);
...>
}
