// Breaks: minor faults are resolved by the kernel without a notification.
// Seen as: a process reads pages that are out of date.
// Caught by: uffd/minor.told_* uffd/hugetlb.minor_*
// Noticed by: uffd/hugetlb.minor_private, its own check
// Changes: mm/shmem.c 1, mm/hugetlb.c 1
@@ @@
- folio && vma && userfaultfd_minor(vma)
+ 0
@@ @@
hugetlb_no_page(...)
{
<...
- userfaultfd_minor(vma)
+ 0
...>
}
