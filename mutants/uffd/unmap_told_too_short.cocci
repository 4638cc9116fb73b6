// Breaks: a handler is told of one page less than was unmapped, or dropped.
// Seen as: it gives a page to where nothing is.
// Caught by: uffd/events.unmapped_* uffd/events.dropped_* uffd/events.changing_*
// Noticed by: uffd/events.dropped_shmem, its own check
// Changes: fs/userfaultfd.c 2
@@
expression e, m;
@@
- m.msg.arg.remove.end = e;
+ m.msg.arg.remove.end = e - PAGE_SIZE;
