// Breaks: several mappings are moved together with those that belong to a userfaultfd.
// Seen as: a handler is not told of what moved, or a warning.
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
