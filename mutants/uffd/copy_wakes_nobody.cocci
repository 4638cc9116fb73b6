// Breaks: UFFDIO_COPY does not wake waiting threads.
// Seen as: a thread waits for ever for a page that was filled.
// Caught by: uffd/missing.told_* uffd/missing.whole_* uffd/missing.no_source_* uffd/poison.told_* uffd/poison.dropped_* uffd/events.child_shmem uffd/events.child_thp uffd/events.moved_shmem uffd/events.moved_thp uffd/events.other_process_* uffd/hugetlb.missing_* uffd/race.* uffd/race_hugetlb.one_copy_*
// Noticed by: uffd/events.child_shmem, timeout
// Changes: fs/userfaultfd.c 1
@@ @@
userfaultfd_copy(...)
{
<...
- wake_userfault(ctx, &range);
...>
}
