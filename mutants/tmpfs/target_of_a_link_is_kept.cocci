// Breaks: the target of a short symbolic link is not freed with the link.
// Seen as: kernel memory leaks (slab).
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
