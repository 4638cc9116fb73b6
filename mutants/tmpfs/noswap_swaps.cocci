// Breaks: a file system that is mounted with noswap goes to swap.
// Seen as: secrets on a disk.
// Caught by: tmpfs/noswap.kept_*
// Noticed by: tmpfs/noswap.kept_base, its own check
// Changes: mm/shmem.c 2
// History: commit 2c6efe9cf2d7, "shmem: add support to ignore swap"
@@ @@
shmem_writepage(...)
{
<...
- (info->flags & VM_LOCKED) || sbinfo->noswap
+ (info->flags & VM_LOCKED)
...>
}
@@ @@
__shmem_get_inode(...)
{
<...
- mapping_set_unevictable(inode->i_mapping);
+ ;
...>
}
