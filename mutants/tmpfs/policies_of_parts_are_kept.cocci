// Breaks: the policies of a file's parts are not freed with the file.
// Seen as: kernel memory leaks (slab).
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
