// Breaks: shmem_enabled force does not reach memory without a mount of its own.
// Seen as: small pages where all were to be huge.
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
