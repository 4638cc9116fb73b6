// Breaks: hugepages-SIZE/shmem_enabled=advise allocates that size without MADV_HUGEPAGE.
// Seen as: memory has huge pages that was not advised.
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
