// Breaks: process_mrelease succeeds and frees nothing.
// Seen as: the memory of a process that is being killed stays until it has exited.
// Caught by: thp/mrelease.anonymous_* thp/mrelease.shared_after_fork
// Noticed by: thp/mrelease.anonymous_thp, its own check
// Changes: mm/oom_kill.c 1
@@ @@
__oom_reap_task_mm(...)
{
<...
- unmap_page_range(&tlb, vma, range.start, range.end, NULL);
...>
}
