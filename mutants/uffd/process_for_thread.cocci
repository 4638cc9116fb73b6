// Breaks: UFFD_FEATURE_THREAD_ID tells the process and not the thread that waits.
// Seen as: a handler that serves threads by priority serves them all alike.
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
