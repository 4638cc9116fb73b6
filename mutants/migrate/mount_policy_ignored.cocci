// Breaks: the mpol= mount option of tmpfs is ignored.
// Seen as: pages of files are on the wrong nodes.
// Caught by: migrate/policy.mounted_*
// Noticed by: migrate/policy.mounted_bind, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_get_sbmpol(...)
{
<...
- if (sbinfo->mpol)
+ if (0)
  { ... }
...>
}
