// Breaks: a device's read of unreadable memory is not refused.
// Seen as: the device uses an invalid page instead of getting EFAULT.
// Caught by: hmm/permissions.none_*
// Noticed by: hmm/permissions.none_private, its own check
// Changes: mm/hmm.c 1
@@ @@
hmm_vma_walk_test(...)
{
<...
- return -EFAULT;
+ return 1;
...>
}
