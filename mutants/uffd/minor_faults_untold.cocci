// Breaks: minor faults are not reported to the handler.
// Seen as: a process reads pages that the handler has not updated.
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
