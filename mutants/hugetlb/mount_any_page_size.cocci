// Breaks: a mount with an unsupported pagesize= uses the default page size.
// Seen as: the mount has other pages than requested.
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
