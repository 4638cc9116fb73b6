// Breaks: the policies of VMAs are not rebound when cpuset.mems changes.
// Seen as: memory is allocated on any node, because the policy has no allowed one.
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
