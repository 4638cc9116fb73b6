// Breaks: punching a hole leaves its last whole page in the file.
// Seen as: the page stays allocated, and its old data is read.
// Caught by: hugetlb/punch_hole.whole_page
// Noticed by: hugetlb/punch_hole.whole_page, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_punch_hole(...)
{
<...
- hole_end = round_down(offset + len, hpage_size);
+ hole_end = round_down(offset + len, hpage_size) - hpage_size;
...>
}
