// Breaks: what was read of a mount's options is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: hugetlb/balance.mounted
// Noticed by: hugetlb/balance.mounted, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_fs_context_free(...)
{
- kfree(fc->fs_private);
}
