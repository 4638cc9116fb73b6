// Breaks: khugepaged collapses nothing.
// Seen as: memory keeps base pages.
// Caught by: thp/khugepaged.by_itself thp/khugepaged.not_advised
// Noticed by: thp/khugepaged.by_itself, its own check
// Changes: mm/khugepaged.c 1
@@ @@
hpage_collapse_scan_pmd(...)
{
...
+ if (cc->is_khugepaged)
+	return SCAN_FAIL;
VM_BUG_ON(address & ~HPAGE_PMD_MASK);
...
}
