// Breaks: a forced write to read-only huge pages is not refused.
// Seen as: a kernel warning, and the write does not succeed.
// Caught by: hugetlb/forced_write
// Noticed by: hugetlb/forced_write, kernel log
// Changes: mm/gup.c 1
@@ @@
check_vma_flags(...)
{
<...
- if (is_vm_hugetlb_page(vma))
+ if (0)
	return -EFAULT;
...>
}
