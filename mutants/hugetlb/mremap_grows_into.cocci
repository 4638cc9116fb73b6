// Breaks: a mapping that grows in place does not check what is behind it.
// Seen as: a mapping of base pages replaces a huge page.
// Caught by: hugetlb/neighbours.mapping
// Noticed by: hugetlb/neighbours.mapping, kernel log
// Changes: mm/mremap.c 1
@@ @@
vma_expandable(...)
{
<...
- find_vma_intersection(vma->vm_mm, vma->vm_end, end)
+ 0
...>
}
