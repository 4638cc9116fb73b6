// Breaks: set_mempolicy_home_node sets nothing.
// Seen as: memory comes from the node that runs the process, and not from its home.
// Caught by: migrate/policy.preferred_many_*
// Noticed by: migrate/policy.preferred_many_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
- new->home_node = home_node;
+ new->home_node = NUMA_NO_NODE;
