// Breaks: process_mrelease unmaps shared memory as well.
// Seen as: a process that is being killed loses its mappings of files and shared memory early.
// Caught by: thp/mrelease.kept_tmpfs
// Noticed by: thp/mrelease.kept_tmpfs, its own check
// Changes: mm/oom_kill.c 1
@@ @@
__oom_reap_task_mm(...)
{
<...
- if (vma_is_anonymous(vma) || !(vma->vm_flags & VM_SHARED))
+ if (true)
	{ ... }
...>
}
