// Breaks: UFFDIO_MOVE fails with EPERM instead of EINVAL.
// Seen as: the wrong errno.
// Caught by: uffd/move.shared uffd/move.unregistered uffd/move.unlike uffd/hugetlb.refused_*
// Noticed by: uffd/hugetlb.refused_private, its own check
// Changes: mm/userfaultfd.c 7
@@ @@
validate_move_areas(...)
{
<...
- return -EINVAL;
+ return -EPERM;
...>
}
@@ @@
move_pages(...)
{
<...
- err = -EINVAL;
+ err = -EPERM;
...>
}
