// Breaks: a huge page is made only where another would fit behind it.
// Seen as: the last huge page of a mapping is never one.
// Caught by: thp/fault.edges
// Changes: include/linux/huge_mm.h 1
@@ @@
thp_vma_suitable_order(...)
{
<...
- haddr + hpage_size > vma->vm_end
+ haddr + 3 * hpage_size / 2 > vma->vm_end && vma->vm_end & (hpage_size - 1)
...>
}
