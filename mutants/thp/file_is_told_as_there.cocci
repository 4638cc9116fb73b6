// Breaks: mincore tells of a page that the page cache does not have as if it did.
// Seen as: what is told to be in memory has to be read from a disk.
// Caught by: thp/resident.touched_tmpfs thp/resident.dropped_tmpfs
// Noticed by: thp/resident.touched_tmpfs, its own check
// Changes: mm/mincore.c 1
@@ @@
mincore_page(...)
{
- unsigned char present = 0;
+ unsigned char present = 1;
...
}
