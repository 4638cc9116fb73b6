// Breaks: the policy of a process keeps its nodes when the cpuset's nodes change.
// Seen as: memory that comes from anywhere.
// Caught by: migrate/cpuset.of_process_*
// Noticed by: migrate/cpuset.of_process_plain, its own check
// Changes: mm/mempolicy.c 1
@@ @@
void mpol_rebind_task(...)
{
- mpol_rebind_policy(tsk->mempolicy, new);
}
