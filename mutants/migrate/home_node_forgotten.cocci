// Breaks: set_mempolicy_home_node has no effect.
// Seen as: memory is allocated on the local node instead of the home node.
// Caught by: migrate/policy.preferred_many_*
// Noticed by: migrate/policy.preferred_many_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
- new->home_node = home_node;
+ new->home_node = NUMA_NO_NODE;
