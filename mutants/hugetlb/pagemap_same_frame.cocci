// Breaks: pagemap shows the same page frame for each base page of a huge page.
// Seen as: tools that look up page frames access the wrong memory.
// Caught by: hugetlb/pagemap.private hugetlb/pagemap.shared
// Noticed by: hugetlb/pagemap.private, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
pagemap_hugetlb_range(...)
{
<...
if (pm->show_pfn && (flags & PM_PRESENT))
-	frame++;
+	frame += 0;
...>
}
