// Breaks: filling the memory of an exited process fails with EINVAL instead of ESRCH.
// Seen as: a handler mistakes the exit for an error of its own.
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
