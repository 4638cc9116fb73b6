// Breaks: PAGEMAP_SCAN does not report the huge zero page as such.
// Seen as: a checkpoint is full of zeros.
// Caught by: thp/scan.zero_thp
// Noticed by: thp/scan.zero_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_thp_category(...)
{
<...
- if (is_huge_zero_pmd(pmd))
-	categories |= PAGE_IS_PFNZERO;
...>
}
