// Breaks: the breakpoint of a uprobe stays in the text when the probe is removed.
// Seen as: the mapping has other bytes than the file.
// Caught by: tmpfs/uprobe.counted_* tmpfs/uprobe.two_pages_*
// Noticed by: tmpfs/uprobe.counted_huge, crash
// Changes: kernel/events/uprobes.c 1
@@ @@
remove_breakpoint(...)
{
<...
- return set_orig_insn(&uprobe->arch, mm, vaddr);
+ return 0;
...>
}
