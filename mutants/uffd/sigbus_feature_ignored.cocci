// Breaks: UFFD_FEATURE_SIGBUS is accepted and ignored.
// Seen as: a process without a handler waits for one.
// Caught by: uffd/missing.no_handler_*
// Noticed by: uffd/missing.no_handler_shmem, timeout
// Changes: fs/userfaultfd.c 1
@@ @@
handle_userfault(...)
{
<...
- if (ctx->features & UFFD_FEATURE_SIGBUS) goto out;
...>
}
