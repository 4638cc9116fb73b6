// Breaks: a mount of hugetlbfs that runs out of memory keeps the pages of its min_size.
// Seen as: HugePages_Rsvd stays although no file system is there.
// Caught by: sweep/create.mounts
// Noticed by: sweep/create.mounts, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fill_super(...)
{
<...
- if (sbinfo->spool)
-	hugepage_put_subpool(sbinfo->spool);
...>
}
