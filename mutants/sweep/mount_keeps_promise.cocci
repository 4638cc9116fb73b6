// Breaks: a failed mount of hugetlbfs keeps the reservation of its min_size.
// Seen as: HugePages_Rsvd stays.
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
