// Breaks: the bits of coredump_filter for private and shared huge pages are swapped.
// Seen as: a core file of gigabytes, or one without the memory asked for.
// Caught by: hugetlb/core_dump.private hugetlb/core_dump.not_private hugetlb/core_dump.shared hugetlb/core_dump.not_shared
// Noticed by: hugetlb/core_dump.private, its own check
// Changes: fs/coredump.c 2
@@ @@
vma_dump_size(...)
{
<...
if (is_vm_hugetlb_page(vma)) {
- if ((vma->vm_flags & VM_SHARED) && FILTER(HUGETLB_SHARED))
+ if (!(vma->vm_flags & VM_SHARED) && FILTER(HUGETLB_SHARED))
  goto whole;
- if (!(vma->vm_flags & VM_SHARED) && FILTER(HUGETLB_PRIVATE))
+ if ((vma->vm_flags & VM_SHARED) && FILTER(HUGETLB_PRIVATE))
  goto whole;
...
}
...>
}
