// Breaks: a uprobe of one process puts breakpoints into the text of all.
// Seen as: mappings of other processes have other bytes than the file.
// Caught by: tmpfs/uprobe.of_one_process_*
// Noticed by: tmpfs/uprobe.of_one_process_huge, its own check
// Changes: kernel/trace/trace_uprobe.c 1
@@ @@
uprobe_perf_filter(...)
{
<...
- ret = __uprobe_perf_filter(filter, mm);
+ ret = true;
...>
}
