// Breaks: NUMA balancing does not migrate huge pages.
// Seen as: huge pages stay far from the process that uses them.
// Caught by: migrate/balancing.follows_its_user
// Noticed by: migrate/balancing.follows_its_user, its own check
// Changes: mm/huge_memory.c 1
@@ @@
do_huge_pmd_numa_page(...)
{
<...
- if (target_nid == NUMA_NO_NODE)
+ if (1)
	goto out_map;
...>
}
