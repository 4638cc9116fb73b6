// Breaks: a huge page is made where the mapping ends before it.
// Seen as: memory beyond a mapping can be read.
// Caught by: thp/advice.small_mapping thp/fault.edges
// Changes: include/linux/huge_mm.h 1
@@ @@
thp_vma_suitable_order(...)
{
<...
- if (haddr < vma->vm_start || haddr + hpage_size > vma->vm_end)
+ if (haddr < vma->vm_start)
	return false;
...>
}
