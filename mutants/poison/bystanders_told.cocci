// Breaks: every early-kill process gets the signal for a poisoned page of a file.
// Seen as: programs are killed that do not map the file.
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
