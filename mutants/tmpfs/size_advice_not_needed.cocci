// Breaks: a size's shmem_enabled advise makes pages of it without advice.
// Seen as: huge pages where nobody asked for them.
// Caught by: tmpfs/shmem_enabled.size_advise
// Noticed by: tmpfs/shmem_enabled.size_advise, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_allowable_huge_orders(...)
{
<...
- vm_flags & VM_HUGEPAGE
+ vm_flags | VM_HUGEPAGE
...>
}
