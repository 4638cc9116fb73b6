// Breaks: the policy that a mount had before it was mounted anew is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
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
