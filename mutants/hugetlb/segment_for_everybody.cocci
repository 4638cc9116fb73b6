// Breaks: unprivileged users can create System V segments of huge pages.
// Seen as: a user can exhaust the pool.
// Caught by: hugetlb/sysv_refused.no_privilege
// Noticed by: hugetlb/sysv_refused.no_privilege, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
can_do_hugetlb_shm(...)
{
<...
- return capable(CAP_IPC_LOCK) || in_group_p(shm_group);
+ return true;
...>
}
