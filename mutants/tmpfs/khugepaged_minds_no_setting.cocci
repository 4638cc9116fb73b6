// Breaks: khugepaged collapses shmem regardless of shmem_enabled and huge=.
// Seen as: shmem has huge pages although they are disabled.
// Caught by: tmpfs/khugepaged.not_allowed_*
// Noticed by: tmpfs/khugepaged.not_allowed_anon, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__thp_vma_allowable_orders(...)
{
<...
- shmem_allowable_huge_orders(file_inode(vma->vm_file), vma, vma->vm_pgoff, 0, !enforce_sysfs)
+ shmem_allowable_huge_orders(file_inode(vma->vm_file), vma, vma->vm_pgoff, 0, true)
...>
}
