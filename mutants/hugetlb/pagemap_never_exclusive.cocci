// Breaks: pagemap reports no huge page as exclusive.
// Seen as: private memory is reported as shared.
// Caught by: hugetlb/pagemap.private hugetlb/pagemap.shared hugetlb/pagemap.copied hugetlb/pagemap.mapped_twice
// Noticed by: hugetlb/pagemap.private, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_hugetlb_range(...)
{
<...
- flags |= PM_MMAP_EXCLUSIVE;
+ flags |= 0;
...>
}
