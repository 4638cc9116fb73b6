// Breaks: anonymous memory can be registered for minor faults.
// Seen as: the call succeeds instead of failing with EINVAL.
// Caught by: uffd/minor.anonymous
// Noticed by: uffd/minor.anonymous, its own check
// Changes: include/linux/userfaultfd_k.h 1
@@ @@
vma_can_userfault(...)
{
<...
- if ((vm_flags & VM_UFFD_MINOR) && (!is_vm_hugetlb_page(vma) && !vma_is_shmem(vma))) return false;
...>
}
