// Breaks: a descriptor for faults of programs alone stops the kernel as well.
// Seen as: an unprivileged handler holds the kernel in a fault for as long as it likes.
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
