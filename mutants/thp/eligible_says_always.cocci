// Breaks: smaps says of every mapping that it is eligible for huge pages (THPeligible).
// Seen as: tools that look for the reason why there is no huge page, and find none.
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
