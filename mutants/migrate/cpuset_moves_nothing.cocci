// Breaks: a change of cpuset.mems does not migrate memory.
// Seen as: memory stays on nodes outside the cpuset.
// Caught by: migrate/cpuset.moved_* migrate/cpuset.entered_* hugetlb/cpuset.moved
// Noticed by: migrate/cpuset.moved_base, its own check
// Changes: kernel/cgroup/cpuset.c 1
@@ @@
cpuset_migrate_mm_workfn(...)
{
<...
- do_migrate_pages(...);
...>
}
