// Breaks: a device that asks for what its process may not read is not refused.
// Seen as: it takes whatever it finds for the page.
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
