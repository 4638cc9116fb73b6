// Breaks: fallocate does not allocate a page that is covered only in part.
// Seen as: a page that was preallocated is missing.
// Caught by: hugetlb/fallocate.part_of_a_page
// Noticed by: hugetlb/fallocate.part_of_a_page, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fallocate(...)
{
<...
- end = (offset + len + hpage_size - 1) >> hpage_shift;
+ end = (offset + len) >> hpage_shift;
...>
}
