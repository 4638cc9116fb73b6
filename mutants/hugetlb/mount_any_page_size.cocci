// Breaks: a mount with a page size that the kernel lacks takes the default size.
// Seen as: an application gets other pages than it asked for.
// Caught by: hugetlb/mount_options.no_such_page_size
// Noticed by: hugetlb/mount_options.no_such_page_size, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_parse_param(...)
{
<...
- h = size_to_hstate(ps);
+ h = size_to_hstate(ps) ?: &default_hstate;
...>
}
