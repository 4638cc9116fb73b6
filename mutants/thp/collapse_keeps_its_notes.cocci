// Breaks: the state that MADV_COLLAPSE allocates is not freed.
// Seen as: kernel memory leaks (slab).
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
