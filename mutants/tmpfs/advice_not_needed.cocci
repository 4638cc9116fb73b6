// Breaks: huge=advise allocates huge pages without MADV_HUGEPAGE.
// Seen as: memory has huge pages that was not advised.
// Caught by: tmpfs/mount_option.option_advise tmpfs/shmem_enabled.common_advise
// Noticed by: tmpfs/mount_option.option_advise, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_huge_global_enabled(...)
{
<...
- vm_flags & VM_HUGEPAGE
+ vm_flags & (VM_HUGEPAGE | VM_WRITE)
...>
}
