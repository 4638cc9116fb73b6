// Breaks: MPOL_INTERLEAVE counts base pages of a mapping, whatever the size of its pages.
// Seen as: all huge pages come from one node.
// Caught by: migrate/policy.interleaved_*
// Noticed by: migrate/policy.interleaved_hugetlb, its own check
// Changes: mm/mempolicy.c 1
@@ @@
get_vma_policy(...)
{
<...
- *ilx += (addr - vma->vm_start) >> (PAGE_SHIFT + order);
+ *ilx += (addr - vma->vm_start) >> PAGE_SHIFT;
...>
}
