// Breaks: PAGEMAP_SCAN does not report the zero page as such.
// Seen as: a checkpoint is full of zeros.
// Caught by: thp/scan.zero_base
// Noticed by: thp/scan.zero_base, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_page_category(...)
{
<...
- if (is_zero_pfn(pte_pfn(pte)))
-	categories |= PAGE_IS_PFNZERO;
...>
}
