// Breaks: mmap that fails to allocate memory returns EIO instead of ENOMEM.
// Seen as: the wrong errno.
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
