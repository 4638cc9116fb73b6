// Breaks: policies of mappings keep their nodes when the cpuset's nodes change.
// Seen as: memory that comes from anywhere, for the policy has no node left that is allowed.
// Caught by: migrate/cpuset.of_mapping_* migrate/cpuset.born_later_*
// Noticed by: migrate/cpuset.of_mapping_plain_base, its own check
// Changes: kernel/cgroup/cpuset.c 1
@@ @@
cpuset_update_tasks_nodemask(...)
{
<...
- mpol_rebind_mm(...);
...>
}
