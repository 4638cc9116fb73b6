// Breaks: UFFD_EVENT_UNMAP and UFFD_EVENT_REMOVE report a range that is one page too short.
// Seen as: the handler fills a page that is not mapped.
// Caught by: uffd/events.unmapped_* uffd/events.dropped_* uffd/events.changing_*
// Noticed by: uffd/events.dropped_shmem, its own check
// Changes: fs/userfaultfd.c 2
@@
expression e, m;
@@
- m.msg.arg.remove.end = e;
+ m.msg.arg.remove.end = e - PAGE_SIZE;
