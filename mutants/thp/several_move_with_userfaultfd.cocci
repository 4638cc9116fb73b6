// Breaks: mremap of several VMAs also moves those with a userfaultfd.
// Seen as: the handler gets no event, or the kernel warns.
// Caught by: thp/mremap_several.stopped_by_userfaultfd
// Noticed by: thp/mremap_several.stopped_by_userfaultfd, its own check
// Since: 6.17
// Changes: mm/mremap.c 1
@@ @@
vma_multi_allowed(...)
{
<...
- if (userfaultfd_armed(vma))
+ if (0)
  return false;
...>
}
