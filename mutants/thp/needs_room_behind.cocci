// Breaks: a fault allocates a huge page only where another would fit behind it.
// Seen as: the last huge page of a mapping consists of base pages.
// Caught by: thp/fault.edges
// Noticed by: thp/fault.edges, its own check
// Changes: mm/huge_memory.c 1
@@ @@
do_huge_pmd_anonymous_page(...)
{
<...
- if (!thp_vma_suitable_order(vma, haddr, PMD_ORDER))
+ if (!thp_vma_suitable_order(vma, haddr, PMD_ORDER) || (haddr + 2 * HPAGE_PMD_SIZE > vma->vm_end && (vma->vm_end & ~HPAGE_PMD_MASK)))
	return VM_FAULT_FALLBACK;
...>
}
