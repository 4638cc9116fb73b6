// Breaks: a uprobe in a file that can have none is refused with EINVAL.
// Seen as: the wrong errno of perf_event_open.
// Caught by: tmpfs/uprobe.hugetlbfs
// Noticed by: tmpfs/uprobe.hugetlbfs, its own check
// Changes: kernel/events/uprobes.c 1
@@ @@
uprobe_register(...)
{
<...
- return ERR_PTR(-EIO);
+ return ERR_PTR(-EINVAL);
...>
}
