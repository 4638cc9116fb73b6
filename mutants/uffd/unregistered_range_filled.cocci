// Breaks: unregistered ranges can be filled.
// Seen as: pages in memory that was not registered.
// Caught by: uffd/missing.elsewhere_* uffd/zero_page.refused_* uffd/minor.refused_* uffd/poison.refused_* uffd/hugetlb.refused_*
// Noticed by: uffd/hugetlb.refused_private, timeout
// Changes: mm/userfaultfd.c 1
@@ @@
validate_dst_vma(...)
{
<...
- if (!dst_vma->vm_userfaultfd_ctx.ctx) return false;
...>
}
