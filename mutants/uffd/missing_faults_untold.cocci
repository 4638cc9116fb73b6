// Breaks: missing faults are not reported to the handler.
// Seen as: zeros are read instead of the handler's data.
// Caught by: uffd/missing.told_* uffd/missing.whole_* uffd/missing.closed_* uffd/missing.unregistered_* uffd/missing.no_handler_* uffd/zero_page.zeros_* uffd/poison.told_* uffd/move.told uffd/events.child_shmem uffd/events.child_thp uffd/events.other_process_* uffd/hugetlb.missing_* uffd/reservation.closed_*
// Noticed by: uffd/events.child_shmem, its own check
// Changes: include/linux/userfaultfd_k.h 1
@@ @@
userfaultfd_missing(...)
{
<...
- return vma->vm_flags & VM_UFFD_MISSING;
+ return false;
...>
}
