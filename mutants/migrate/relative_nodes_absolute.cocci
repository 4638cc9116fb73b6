// Breaks: rebinding a policy with MPOL_F_RELATIVE_NODES takes its node numbers as absolute ones.
// Seen as: memory is on the wrong nodes.
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
