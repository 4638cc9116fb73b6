// Breaks: fallocate leaves out the page that is asked for in part.
// Seen as: a program that made sure of its pages is killed by SIGBUS at the last one.
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
