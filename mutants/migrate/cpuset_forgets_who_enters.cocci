// Breaks: the policies of VMAs are not rebound when their process enters a cpuset.
// Seen as: memory is allocated on any node.
// Caught by: migrate/cpuset.entered_*
// Noticed by: migrate/cpuset.entered_base, its own check
// Changes: kernel/cgroup/cpuset.c 1
@@ @@
cpuset_attach(...)
{
<...
- mpol_rebind_mm(...);
...>
}
