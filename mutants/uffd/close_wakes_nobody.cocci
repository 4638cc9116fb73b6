// Breaks: closing a userfaultfd does not wake waiting threads.
// Seen as: a process whose handler has exited hangs.
// Caught by: uffd/missing.closed_* uffd/write_protect.closed_* uffd/reservation.closed_* uffd/hugetlb.poison_*
// Noticed by: uffd/hugetlb.poison_private, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfaultfd_release(...)
{
<...
- __wake_up(&ctx->fault_wqh, TASK_NORMAL, 1, &range);
...>
}
