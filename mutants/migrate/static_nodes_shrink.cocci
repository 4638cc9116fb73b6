// Breaks: nodes of MPOL_F_STATIC_NODES that were not allowed for a while are never used again.
// Seen as: memory stays on one node.
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
