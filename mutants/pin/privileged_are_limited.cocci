// Breaks: RLIMIT_MEMLOCK applies even with CAP_IPC_LOCK.
// Seen as: registering a buffer fails with ENOMEM despite CAP_IPC_LOCK.
// Caught by: pin/memlock.privileged
// Noticed by: pin/memlock.privileged, its own check
// Changes: io_uring/io_uring.c 1
@@ @@
io_uring_create(...)
{
<...
- !ns_capable_noaudit(...)
+ true
...>
}
