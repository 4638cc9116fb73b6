// Breaks: process_mrelease unmaps hugetlb pages as well.
// Seen as: a process that is being killed loses them early.
// Caught by: thp/mrelease.kept_hugetlb
// Noticed by: thp/mrelease.kept_hugetlb, its own check
// Changes: mm/oom_kill.c 1
@@ @@
__oom_reap_task_mm(...)
{
<...
+ if (is_vm_hugetlb_page(vma))
+ 	zap_page_range_single(vma, vma->vm_start, vma->vm_end - vma->vm_start, NULL);
  if (vma->vm_flags & (VM_HUGETLB|VM_PFNMAP))
	continue;
...>
}
