// Breaks: UFFD_FEATURE_THREAD_ID reports the process instead of the waiting thread.
// Seen as: a handler cannot prioritize threads.
// Caught by: uffd/opened.thread_*
// Noticed by: uffd/opened.thread_hugetlb, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfault_msg(...)
{
<...
- task_pid_vnr(current)
+ task_tgid_vnr(current)
...>
}
