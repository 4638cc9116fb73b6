// Breaks: unpopulated anonymous memory is write-protected without UFFD_FEATURE_WP_UNPOPULATED.
// Seen as: a process waits for a handler that does not expect it.
// Caught by: uffd/write_protect.untouched_before
// Noticed by: uffd/write_protect.untouched_before, its own check
// Changes: include/linux/userfaultfd_k.h 1
@@ @@
userfaultfd_wp_use_markers(...)
{
<...
- return userfaultfd_wp_unpopulated(vma);
+ return true;
...>
}
