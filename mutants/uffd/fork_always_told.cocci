// Breaks: fork waits for the handler to read an event although UFFD_FEATURE_EVENT_FORK is not set.
// Seen as: a process hangs in fork.
// Caught by: uffd/events.child_untold_* uffd/write_protect.forked_* uffd/poison.forked uffd/hugetlb.forked_*
// Noticed by: uffd/events.child_untold_shmem, timeout
// Changes: fs/userfaultfd.c 1
@@ @@
dup_userfaultfd(...)
{
<...
- !(octx->features & UFFD_FEATURE_EVENT_FORK)
+ 0
...>
}
