// Breaks: a memory error in a page of a file signals every early-kill process.
// Seen as: processes that do not map the file are killed.
// Caught by: poison/hugetlb_shared.bystanders
// Noticed by: poison/hugetlb_shared.bystanders, its own check
// Changes: mm/memory-failure.c 1
@@ @@
collect_procs_file(...)
{
<...
- if (vma->vm_mm != t->mm)
-	continue;
...>
}
