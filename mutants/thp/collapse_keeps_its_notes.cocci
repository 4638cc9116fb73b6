// Breaks: what MADV_COLLAPSE notes for itself is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: thp/balance.collapsed thp/balance.locked_collapsed tmpfs/balance.collapsed
// Noticed by: thp/balance.collapsed, its own check
// Changes: mm/khugepaged.c 1
@@ @@
madvise_collapse(...)
{
<...
- kfree(cc);
...>
}
