// Breaks: a user-mode-only userfaultfd also handles faults from kernel mode.
// Seen as: an unprivileged handler can block the kernel in a fault.
// Caught by: uffd/opened.user_mode_*
// Changes: fs/userfaultfd.c 1
@@ @@
handle_userfault(...)
{
<...
- (ctx->flags & UFFD_USER_MODE_ONLY)
+ 0
...>
}
