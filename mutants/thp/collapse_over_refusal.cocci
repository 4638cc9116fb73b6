// Breaks: MADV_COLLAPSE ignores MADV_NOHUGEPAGE.
// Seen as: a process gets huge pages that it had disabled.
// Caught by: thp/collapse.unwanted
// Noticed by: thp/collapse.unwanted, its own check
// Changes: mm/khugepaged.c 2
@@ @@
madvise_collapse(...)
{
<...
- if (!thp_vma_allowable_order(vma, vma->vm_flags, 0, PMD_ORDER))
+ if (!thp_vma_allowable_order(vma, vma->vm_flags & ~VM_NOHUGEPAGE, 0, PMD_ORDER))
	return -EINVAL;
...>
}

@@
expression tva_flags;
@@
hugepage_vma_revalidate(...)
{
<...
- thp_vma_allowable_order(vma, vma->vm_flags, tva_flags, PMD_ORDER)
+ thp_vma_allowable_order(vma, vma->vm_flags & ~VM_NOHUGEPAGE, tva_flags, PMD_ORDER)
...>
}
