// Breaks: rebinding a policy does not record its new nodes.
// Seen as: memory is on the wrong nodes when a cpuset changes twice.
// Caught by: migrate/cpuset.of_mapping_plain_*
// Noticed by: migrate/cpuset.of_mapping_plain_base, its own check
// Changes: mm/mempolicy.c 1
@@ @@
mpol_rebind_nodemask(...)
{
<...
- pol->w.cpuset_mems_allowed = *nodes;
...>
}
