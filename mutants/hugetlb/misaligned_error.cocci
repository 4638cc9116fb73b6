// Breaks: a fixed address inside of a huge page is refused with ENOMEM in place of EINVAL.
// Seen as: a program takes a wrong address for a lack of memory.
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
