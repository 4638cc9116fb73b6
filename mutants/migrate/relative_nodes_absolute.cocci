// Breaks: MPOL_F_RELATIVE_NODES: ranks are taken for numbers of nodes when they change.
// Seen as: memory on other nodes than those of the ranks that were asked for.
// Caught by: migrate/cpuset.of_mapping_relative_* migrate/cpuset.of_process_relative
// Noticed by: migrate/cpuset.of_mapping_relative_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
mpol_rebind_nodemask(...)
{
<...
- mpol_relative_nodemask(&tmp, &pol->w.user_nodemask, nodes)
+ nodes_and(tmp, pol->nodes, *nodes)
...>
}
