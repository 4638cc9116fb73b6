// Breaks: MPOL_INTERLEAVE chooses the node by base pages, whatever the size of the page.
// Seen as: all huge pages are on one node.
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
