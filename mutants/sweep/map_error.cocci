// Breaks: mmap that finds no memory for a mapping fails with EIO.
// Seen as: a program that is short of memory takes the error for a broken disk, and gives up.
// Caught by: sweep/map.map_* sweep/create.attaches
// Noticed by: sweep/create.attaches, its own check
// Changes: mm/mmap.c 1
@@ @@
__mmap_region(...)
{
<...
- if (!vma) { error = -ENOMEM; goto unacct_error; }
+ if (!vma) { error = -EIO; goto unacct_error; }
...>
}
