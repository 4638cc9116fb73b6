// Breaks: what a file has is mapped with no word to who handles minor faults.
// Seen as: a process reads pages that are not up to date.
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
