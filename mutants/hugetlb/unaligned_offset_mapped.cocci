// Breaks: mmap rounds an unaligned file offset down.
// Seen as: mmap succeeds and maps another part of the file.
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
