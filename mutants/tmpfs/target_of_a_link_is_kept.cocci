// Breaks: what a short symbolic link points to is kept when the link goes.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: tmpfs/balance.names
// Noticed by: tmpfs/balance.names, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_free_in_core_inode(...)
{
<...
- kfree(inode->i_link);
+ ;
...>
}
