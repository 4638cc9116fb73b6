// Breaks: a cpuset's processes leave their memory where it is when its nodes change.
// Seen as: memory on nodes that the process may not use any more.
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
