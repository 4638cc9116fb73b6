// Breaks: mincore reports file pages as resident that are not in the page cache.
// Seen as: the result is wrong.
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
