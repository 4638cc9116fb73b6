// Breaks: a file offset that is no multiple of the huge page size is rounded down silently.
// Seen as: mmap succeeds where EINVAL is due, and maps other bytes than asked for.
// Caught by: hugetlb/page_sizes
// Noticed by: hugetlb/page_sizes.misaligned_offset, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_file_mmap(...)
{
<...
- if (vma->vm_pgoff & (~huge_page_mask(h) >> PAGE_SHIFT)) return -EINVAL;
+ vma->vm_pgoff &= ~(~huge_page_mask(h) >> PAGE_SHIFT);
...>
}
