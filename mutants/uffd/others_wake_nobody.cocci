// Breaks: UFFDIO_ZEROPAGE, _CONTINUE, _POISON and _MOVE do not wake waiting threads.
// Seen as: a thread waits for ever for a page that was resolved.
// Caught by: uffd/zero_page.zeros_* uffd/minor.told_* uffd/poison.told_* uffd/move.told uffd/events.dropped_* uffd/hugetlb.poison_* uffd/hugetlb.minor_*
// Noticed by: uffd/events.dropped_shmem, its own check
// Changes: fs/userfaultfd.c 4
@@
identifier f =~ "^userfaultfd_(zeropage|continue|poison|move)$";
@@
f(...)
{
<...
- wake_userfault(ctx, &range);
...>
}
