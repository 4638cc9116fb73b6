// Breaks: shmem_enabled=force has no effect on memory outside of tmpfs mounts.
// Seen as: shmem gets base pages.
// Caught by: tmpfs/shmem_enabled.common_force
// Noticed by: tmpfs/shmem_enabled.common_force, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_allowable_huge_orders(...)
{
<...
- return READ_ONCE(huge_shmem_orders_inherit);
+ return 0;
...>
}
