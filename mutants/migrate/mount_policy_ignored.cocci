// Breaks: a tmpfs does not obey the policy of its mount option.
// Seen as: files lie on other nodes than the administrator said.
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
