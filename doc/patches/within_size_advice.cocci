// Fixes: the known issue within-size-passes-over-advice (doc/known-issues.md): what fits
// within the file is taken even where MADV_HUGEPAGE asks for more.
// Source: deb:trixie-backports/linux-source-7.3
// Changes: mm/shmem.c 1
@@
identifier orders;
@@
shmem_huge_global_enabled(...)
{
<...
- if (orders > 0)
+ if (orders > 0 && !(vm_flags & VM_HUGEPAGE))
  return orders;
...>
}
