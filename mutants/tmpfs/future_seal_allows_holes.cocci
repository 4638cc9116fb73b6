// Breaks: F_SEAL_FUTURE_WRITE does not forbid hole punching.
// Seen as: sealed contents are lost.
// Caught by: tmpfs/seals.future_write_*
// Noticed by: tmpfs/seals.future_write_small, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_fallocate(...)
{
<...
- if (info->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
+ if (info->seals & F_SEAL_WRITE)
  {
  error = -EPERM;
  goto out;
  }
...>
}
