// Breaks: UFFDIO_MOVE refuses what cannot move with EPERM in place of EINVAL.
// Seen as: a program that copies where it cannot move gives up.
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
