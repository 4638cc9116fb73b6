// Breaks: filling the memory of a process that is gone fails with EINVAL in place of ESRCH.
// Seen as: a handler takes the end of its client for a mistake of its own.
// Caught by: uffd/events.gone_*
// Noticed by: uffd/events.gone_shmem, its own check
// Changes: fs/userfaultfd.c 2
@@
identifier f =~ "^userfaultfd_(copy|zeropage)$";
@@
f(...)
{
<...
- return -ESRCH;
+ return -EINVAL;
...>
}
