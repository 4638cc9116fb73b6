// Breaks: the policies of a file's parts are kept when the file goes.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: tmpfs/balance.policies tmpfs/balance.mounted
// Noticed by: tmpfs/balance.policies, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_destroy_inode(...)
{
<...
- mpol_free_shared_policy(...);
+ ;
...>
}
