// Breaks: MPOL_F_STATIC_NODES: nodes that were forbidden once are not used when they are
//   allowed again.
// Seen as: memory on one node for ever, after a cpuset was made smaller for a while.
// Caught by: migrate/cpuset.of_mapping_static_* migrate/cpuset.of_process_static
// Noticed by: migrate/cpuset.of_mapping_static_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
mpol_rebind_nodemask(...)
{
<...
- nodes_and(tmp, pol->w.user_nodemask, *nodes)
+ nodes_and(tmp, pol->nodes, *nodes)
...>
}
