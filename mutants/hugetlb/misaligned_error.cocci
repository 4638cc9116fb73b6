// Breaks: MAP_FIXED at an unaligned address fails with ENOMEM instead of EINVAL.
// Seen as: the wrong errno.
// Caught by: hugetlb/sysv_refused.misaligned
// Noticed by: hugetlb/sysv_refused.misaligned, its own check
// Changes: arch/x86/mm/hugetlbpage.c 2
@@ @@
hugetlb_get_unmapped_area(...)
{
<...
- return -EINVAL;
+ return -ENOMEM;
...>
}
