// Breaks: the parsed mount options are not freed.
// Seen as: kernel memory leaks (slab).
// Caught by: hugetlb/balance.mounted
// Noticed by: hugetlb/balance.mounted, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fs_context_free(...)
{
- kfree(fc->fs_private);
}
