// Breaks: a VMA split that fails to allocate memory returns EIO instead of ENOMEM.
// Seen as: the wrong errno.
// Caught by: sweep/map.unmap_* sweep/map.protect_* sweep/map.lock_thp sweep/map.lock_tmpfs sweep/advise.dontdump_* sweep/advise.dontfork_*
// Noticed by: sweep/advise.dontdump_private, its own check
// Changes: mm/vma.c 1
@@ @@
__split_vma(...)
{
<...
  new = vm_area_dup(vma);
- if (!new) return -ENOMEM;
+ if (!new) return -EIO;
...>
}
