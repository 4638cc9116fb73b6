// Breaks: a page size that fsconfig refuses leaves the file system without one.
// Seen as: a crash when the file system is created.
// Caught by: hugetlb/fsconfig.refused_pagesize hugetlb/fsconfig.refused_first
// Noticed by: hugetlb/fsconfig.refused_pagesize, kernel log
// Changes: fs/hugetlbfs/inode.c 1
// History: commit 79d72c68c58784, "fs,hugetlb: fix NULL pointer dereference in
//   hugetlbs_fill_super"
@@ @@
hugetlbfs_parse_param(...)
{
<...
  h = size_to_hstate(ps);
+ ctx->hstate = h;
...>
}
