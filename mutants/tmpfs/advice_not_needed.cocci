// Breaks: huge=advise allocates huge pages without advice.
// Seen as: memory is used unasked.
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
