// Breaks: MAP_FIXED_NOREPLACE of huge pages does not check for other mappings.
// Seen as: an existing mapping is replaced.
// Caught by: hugetlb/fixed_noreplace.same_* hugetlb/fixed_noreplace.neighbours_* hugetlb/fixed_noreplace.base_page
// Noticed by: hugetlb/fixed_noreplace.same_private, its own check
// Changes: mm/mmap.c 1
@@ @@
do_mmap(...)
{
<...
- if (find_vma_intersection(mm, addr, addr + len))
+ if (!(flags & MAP_HUGETLB) && find_vma_intersection(mm, addr, addr + len))
  return -EEXIST;
...>
}
