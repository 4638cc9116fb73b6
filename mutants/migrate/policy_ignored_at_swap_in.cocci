// Breaks: pages are swapped in on the local node, whatever their policy.
// Seen as: pages are on the wrong node.
// Caught by: migrate/mbind.shmem_swapped
// Noticed by: migrate/mbind.shmem_swapped, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_swapin_cluster(...)
{
<...
- mpol = shmem_get_pgoff_policy(info, index, 0, &ilx);
+ ilx = NO_INTERLEAVE_INDEX;
+ mpol = get_task_policy(current);
...>
}
