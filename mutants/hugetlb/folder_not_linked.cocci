// Breaks: a new directory does not increase the link count of its parent.
// Seen as: tools that rely on link counts skip directories.
// Caught by: hugetlb/folder.special
// Noticed by: hugetlb/folder.special, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_mkdir(...)
{
<...
- if (!retval) inc_nlink(dir);
+ if (retval) inc_nlink(dir);
...>
}
