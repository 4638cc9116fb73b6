// Breaks: the replaced policy of a mount is not freed by a remount.
// Seen as: kernel memory leaks (slab).
// Caught by: tmpfs/balance.mounted
// Noticed by: tmpfs/balance.mounted, its own check
// Changes: mm/shmem.c 1
// History: commit 49cd0a5c2814, "tmpfs: fix mempolicy object leaks"
@@ @@
shmem_reconfigure(...)
{
<...
- mpol_put(mpol);
...>
}
