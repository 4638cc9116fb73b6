// Breaks: THPeligible in smaps is 1 for every mapping.
// Seen as: tools predict huge pages that are not allocated.
// Caught by: thp/eligible.anon_never thp/eligible.anon_never_advised thp/eligible.anon_madvise thp/eligible.anon_madvise_refused thp/eligible.anon_always_refused
// Noticed by: thp/eligible.anon_never, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
show_smap(...)
{
<...
- !!thp_vma_allowable_orders(...)
+ 1
...>
}
