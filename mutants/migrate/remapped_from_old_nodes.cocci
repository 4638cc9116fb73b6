// Breaks: a policy forgets to what nodes it was changed last, and is changed from those
//   before the next time.
// Seen as: memory on the wrong nodes, once a cpuset has changed twice.
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
