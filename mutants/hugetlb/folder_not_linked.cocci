// Breaks: a folder made in another does not count as a link of it.
// Seen as: tools that go by links pass folders over.
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
