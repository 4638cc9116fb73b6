// Breaks: RLIMIT_MEMLOCK limits who has CAP_IPC_LOCK, too.
// Seen as: a privileged daemon cannot register its buffers.
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
