// Breaks: a userfaultfd for all faults handles only those from user mode.
// Seen as: system calls fail on missing memory.
// Caught by: uffd/opened.kernel_*
// Noticed by: uffd/opened.kernel_hugetlb, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
handle_userfault(...)
{
<...
- (ctx->flags & UFFD_USER_MODE_ONLY)
+ 1
...>
}
