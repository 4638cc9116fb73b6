// Breaks: a descriptor for all faults serves those of programs alone.
// Seen as: system calls fail where memory is not there yet.
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
