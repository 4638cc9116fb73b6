// Breaks: the policy of a task is not rebound when cpuset.mems changes.
// Seen as: memory is allocated on any node.
// Caught by: migrate/cpuset.of_process_*
// Noticed by: migrate/cpuset.of_process_plain, its own check
// Changes: mm/mempolicy.c 1
@@ @@
void mpol_rebind_task(...)
{
- mpol_rebind_policy(tsk->mempolicy, new);
}
