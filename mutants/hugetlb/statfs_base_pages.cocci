// Breaks: statfs of hugetlbfs reports the base page size as its block size.
// Seen as: df shows a mount that is 512 times too small.
// Caught by: hugetlb/mount_options.page_size hugetlb/library.finds_mount
// Noticed by: hugetlb/library.finds_mount, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_statfs(...)
{
<...
- buf->f_bsize = huge_page_size(h);
+ buf->f_bsize = PAGE_SIZE;
...>
}
