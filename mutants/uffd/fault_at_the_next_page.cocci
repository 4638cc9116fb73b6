// Breaks: a fault is reported for the next page.
// Seen as: a handler fills another page than the faulting one.
// Caught by: uffd/missing.told_* uffd/missing.no_source_* uffd/zero_page.zeros_* uffd/minor.told_* uffd/write_protect.told_* uffd/write_protect.part_* uffd/write_protect.untouched_shmem uffd/write_protect.untouched_thp uffd/write_protect.dropped_shmem uffd/write_protect.forked_* uffd/write_protect.copied_* uffd/write_protect.mprotected_* uffd/write_protect.not_collapsed uffd/poison.dropped_* uffd/move.told uffd/events.child_shmem uffd/events.child_thp uffd/events.child_protected_* uffd/events.moved_shmem uffd/events.moved_thp uffd/events.dropped_* uffd/events.other_process_* uffd/hugetlb.missing_* uffd/hugetlb.poison_* uffd/hugetlb.minor_* uffd/hugetlb.write_protected_* uffd/hugetlb.untouched_* uffd/hugetlb.forked_* uffd/hugetlb.copied_*
// Noticed by: uffd/events.child_shmem, its own check
// Changes: fs/userfaultfd.c 1
@@
identifier msg;
expression exact;
@@
- msg.arg.pagefault.address = exact ? real_address : address;
+ msg.arg.pagefault.address = (exact ? real_address : address) + PAGE_SIZE;
